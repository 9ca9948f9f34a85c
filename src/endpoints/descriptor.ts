/**
 * File descriptors, asynchronously. Descriptors and not FileHandles, because standard input and output are descriptors,
 * and because nothing may close one behind our back.
 */
import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What makes two names one file. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

const openPromise = promisify(fs.open);
const closePromise = promisify(fs.close);
const fstatPromise = promisify(fs.fstat);
const statPromise = promisify(fs.stat);
const lstatPromise = promisify(fs.lstat);
const fdatasyncPromise = promisify(fs.fdatasync);
const fchmodPromise = promisify(fs.fchmod);
const readPromise = promisify(fs.read);
const writePromise = promisify(fs.write);
const ftruncatePromise = promisify(fs.ftruncate);

/** Opens a path for reading, without waiting for the other side of a FIFO and without adopting a terminal. */
export function openForReading(path: string): Promise<number> {
  return openPromise(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
}

/** Opens a file that exists for reading and writing, without following a symbolic link or waiting for the other side of a FIFO. */
export function openForChanging(path: string): Promise<number> {
  const { O_RDWR, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = fs.constants;
  return openPromise(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
}

/** Makes a file for writing that must not be there. */
export function createFile(path: string, mode: number): Promise<number> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  return openPromise(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** Closes a descriptor. */
export function closeDescriptor(fd: number): Promise<void> {
  return closePromise(fd);
}

/** The status of an open descriptor, with numbers that are exact on every file system. */
export function statDescriptor(fd: number): Promise<fs.BigIntStats> {
  return fstatPromise(fd, { bigint: true });
}

/** The status of a path, through symbolic links. */
export function statPath(path: string): Promise<fs.BigIntStats> {
  return statPromise(path, { bigint: true });
}

/** Whether something has that path, be it a symbolic link that leads nowhere. */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await lstatPromise(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a status is that of /dev/null, which Node also puts in place of a standard stream that was closed. */
export async function isNullDevice(stat: fs.BigIntStats): Promise<boolean> {
  return stat.isCharacterDevice() && stat.rdev === (await statPath('/dev/null')).rdev;
}

/** Whether a descriptor is open for reading and writing; false where the system has no /proc of Linux's kind to tell. */
export async function isReadWrite(fd: number): Promise<boolean> {
  const { O_RDONLY, O_WRONLY, O_RDWR } = fs.constants;
  const info = await readFile(`/proc/self/fdinfo/${fd}`, 'latin1').catch(() => '');
  const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & (O_RDONLY | O_WRONLY | O_RDWR)) === O_RDWR;
}

/** Brings what was written to the disk; a file system that knows no such thing has done its best. */
export async function syncDescriptor(fd: number): Promise<void> {
  try {
    await fdatasyncPromise(fd);
  } catch (error) {
    if (!hasErrorCode(error, 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  }
}

/** Sets the permissions of a file that is ours; EPERM there means a file system without permissions (FAT). */
export async function setMode(fd: number, mode: number): Promise<void> {
  try {
    await fchmodPromise(fd, mode);
  } catch (error) {
    if (!hasErrorCode(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  }
}

/** Cuts a file to that length, in bytes. */
export function truncateDescriptor(fd: number, length: number): Promise<void> {
  return ftruncatePromise(fd, length);
}

/** Reads at the descriptor's own position into `buffer`; returns how many bytes, 0 at the end. */
export async function readDescriptor(fd: number, buffer: Uint8Array): Promise<number> {
  return (await readPromise(fd, buffer, 0, buffer.length, null)).bytesRead;
}

/** Writes all of `bytes`, however many writes it takes: at the descriptor's own position, or at `position` of a file. */
export async function writeDescriptor(fd: number, bytes: Uint8Array, position?: number): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    const at = position === undefined ? null : position + start;
    const { bytesWritten } = await writePromise(fd, bytes, start, bytes.length - start, at);
    if (bytesWritten === 0) throw Object.assign(new Error('a write wrote nothing'), { code: 'EIO' });
    start += bytesWritten;
  }
}

/** Whether a status is that of one of these files. */
export function isOneOf(stat: fs.BigIntStats, identities: readonly FileIdentity[]): boolean {
  return identities.some((identity) => identity.dev === stat.dev && identity.ino === stat.ino);
}

/** What a file is, with its article, for people. */
export function renderKind(stat: fs.BigIntStats): string {
  if (stat.isFile()) return 'a regular file';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a pipe';
  if (stat.isSocket()) return 'a socket';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}

/** Whether `error` is a system error with one of these codes. */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
