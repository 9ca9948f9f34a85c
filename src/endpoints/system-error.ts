/** System errors in words: what is wrong, and what one can do about it. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'it is a symbolic link that is not followed here, or one of a loop',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is a socket or a device that nobody serves',
  EROFS: 'the file system is read-only; write somewhere else',
  ENOSPC: 'the disk is full; free some space or write somewhere else',
  EDQUOT: 'the disk quota is used up; free some space or write somewhere else',
  EFBIG: 'the file would be larger than the file system or the limit of this process allows (see ulimit -f)',
  EIO: 'the device reported an error; look at the system log',
  EMFILE: 'this process has too many open files (see ulimit -n)',
  ENFILE: 'the system has too many open files',
  ESTALE: 'the network file system lost it; try again',
  ETIMEDOUT: 'the file system does not answer',
};

/** Explains a system error in one phrase that ends with its code; never with a path or anything else of the error's text. */
export function explainSystemError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const explanation = EXPLANATIONS[code];
  return explanation === undefined ? `the system said ${code}` : `${explanation} (${code})`;
}
