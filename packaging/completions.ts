/** What shells complete, from what `--help` is made of. */
import type { Command, Option } from 'commander';

/** A command as shells see it: '' is the filter itself. */
interface Words {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
}

function wordsOf(program: Command): Words[] {
  const help = { name: '', description: '', options: program.options };
  return [
    help,
    ...program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: command.options,
    })),
  ];
}

/** The values of options that are one of a few. */
function choicesOf(words: readonly Words[]): Map<string, readonly string[]> {
  const choices = new Map<string, readonly string[]>();
  for (const { options } of words)
    for (const { long, argChoices } of options) if (long && argChoices) choices.set(long, argChoices);
  return choices;
}

/** For bash (programmable completion, bash(1)). */
export function renderBash(program: Command): string {
  const words = wordsOf(program);
  const names = words.map(({ name }) => name).filter((name) => name !== '');
  const cases = words
    .filter(({ name }) => name !== '')
    .map(({ name, options }) => `    ${name}) options="${flags(options)}" ;;`);
  const choices = [...choicesOf(words)].map(
    ([flag, values]) => `    ${flag}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$word")); return ;;`,
  );
  return `# bash completion for tapfilter
_tapfilter() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options names=""
  # "--option=value" comes as three words.
  if [[ $word == = ]]; then word=""; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $before in
${choices.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) options="${flags(words[0]?.options ?? [])}" ;;
  esac
  ((COMP_CWORD == 1)) && names="${names.join(' ')}"
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options --help" -- "$word"))
  else mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word"; compgen -f -- "$word"); fi
}
complete -o filenames -F _tapfilter tapfilter
`;
}

/** For zsh (zshcompsys(1)). */
export function renderZsh(program: Command): string {
  const words = wordsOf(program);
  const commands = words
    .filter(({ name }) => name !== '')
    .map(({ name, description }) => `    '${quoted(`${name}:${description}`)}'`);
  const cases = words
    .filter(({ name }) => name !== '')
    .map(({ name, options }) => `    ${name}) _arguments ${zshOptions(options)} '*:file:_files' ;;`);
  return `#compdef tapfilter
_tapfilter() {
  local -a commands=(
${commands.join('\n')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command commands
    _files
    return
  fi
  case $words[2] in
${cases.join('\n')}
    *) _arguments ${zshOptions(words[0]?.options ?? [])} '*:file:_files' ;;
  esac
}
_tapfilter "$@"
`;
}

/** For fish (complete(1) of fish). */
export function renderFish(program: Command): string {
  const words = wordsOf(program);
  const names = words.map(({ name }) => name).filter((name) => name !== '');
  const lines = words.flatMap(({ name, description, options }) => {
    const where =
      name === ''
        ? ` -n 'not __fish_seen_subcommand_from ${names.join(' ')}'`
        : ` -n '__fish_seen_subcommand_from ${name}'`;
    const command =
      name === '' ? [] : [`complete -c tapfilter -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`];
    return [
      ...command,
      ...options.map(({ long, short, description: what, argChoices, required }) => {
        const letter = short ? ` -s ${short.slice(1)}` : '';
        const values = argChoices ? ` -x -a '${argChoices.join(' ')}'` : required ? ' -r' : '';
        return `complete -c tapfilter${where} -l ${long?.slice(2)}${letter}${values} -d '${quoted(what)}'`;
      }),
    ];
  });
  return `# fish completion for tapfilter\ncomplete -c tapfilter -l help -d 'show all there is'\n${lines.join('\n')}\n`;
}

function flags(options: readonly Option[]): string {
  return options
    .flatMap(({ long, short }) => [short, long])
    .filter((flag) => flag !== undefined)
    .join(' ');
}

function zshOptions(options: readonly Option[]): string {
  return [...options.map(zshOption), "'--help[show all there is]'"].join(' ');
}

function zshOption({ long, description, argChoices, required }: Option): string {
  const what = description.replace(/[[\]:]/g, '\\$&');
  const value = argChoices ? `:value:(${argChoices.join(' ')})` : required ? ':value:_files' : '';
  return `'${quoted(`${long}[${what}]${value}`)}'`;
}

function quoted(text: string): string {
  return text.replace(/'/g, "'\\''");
}
