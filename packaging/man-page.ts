/** The manual page, tapfilter(1), from what `--help` is made of. */
import type { Command, Option } from 'commander';

/** In columns: what a terminal of 80 has room for. */
const EXAMPLE_WIDTH = 68;

/** What stands in the page and is in no option: sections by their titles, each a list of terms with their texts. */
const SECTIONS: readonly (readonly [title: string, entries: readonly (readonly [term: string, text: string])[]])[] = [
  [
    'SIGNALS',
    [
      [
        'SIGTERM, SIGINT',
        'A relay takes no more connections, hands on what it has, and ends. A filter run leaves no half file.',
      ],
      ['SIGHUP', 'A relay reads rules, key and certificates again, and begins the next file.'],
      ['SIGUSR2', 'A relay that writes files begins the next one.'],
      ['SIGUSR1', 'Nothing: the inspector of Node stays closed.'],
    ],
  ],
  [
    'FILES',
    [
      ['/etc/tapfilter/INSTANCE.yml', 'The rules of an instance of tapfilter@.service.'],
      ['/etc/tapfilter/INSTANCE.args', 'Its output and its options.'],
      ['/etc/tapfilter/INSTANCE.key', 'Its key.'],
    ],
  ],
  [
    'ENVIRONMENT',
    [
      ['CREDENTIALS_DIRECTORY', 'Where systemd puts the credentials that rules name.'],
      ['LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID', 'The sockets that systemd hands over.'],
      ['NOTIFY_SOCKET', 'Where systemd is told that a relay is ready.'],
    ],
  ],
];

/** The page in the language of man(7). */
export function renderManPage(program: Command, version: string, date: string): string {
  const help = helpAfter(program);
  const parts = [
    `.TH TAPFILTER 1 "${date}" "tapfilter ${version}" "User Commands"`,
    section('NAME'),
    'tapfilter \\- privacy filter and anonymizing relay for dnstap',
    section('SYNOPSIS'),
    synopsis(program.name(), program.usage()),
    ...program.commands.map((command) => `.br\n${synopsis(`${program.name()} ${command.name()}`, command.usage())}`),
    section('DESCRIPTION'),
    text(program.description()),
    section('OPTIONS'),
    ...renderGroups(program.options),
    section('COMMANDS'),
    ...program.commands.flatMap((command) => [
      `.SS ${text(command.name())}`,
      text(`${capitalized(command.description())}.`),
      ...command.options.map(renderOption),
    ]),
    ...help.flatMap(([title, body]) => [section(title.toUpperCase()), body]),
    ...SECTIONS.flatMap(([title, entries]) => [
      section(title),
      ...entries.map(([term, what]) => `.TP\n.B ${text(term)}\n${text(what)}`),
    ]),
    section('SEE ALSO'),
    '.BR fstrm_capture (1),\n.BR dnstap-read (1),\n.BR systemd.socket (5)',
  ];
  return `${parts.join('\n')}\n`;
}

/** The sections that stand behind the options in the help, each under its title. */
function helpAfter(program: Command): [title: string, body: string][] {
  let help = '';
  program.configureOutput({ writeOut: (written) => (help += written) }).outputHelp();
  const sections = help
    .slice(help.indexOf('\nInputs and outputs:'))
    .trim()
    .split(/\n\n(?=\S)/);
  return sections.map((part) => {
    const [title = '', ...lines] = part.split('\n');
    const isCommands = lines.every((line) => line.includes('tapfilter '));
    return [title.replace(/:$/, ''), lines.map(isCommands ? renderExample : renderTerm).join('\n')];
  });
}

/** A line of the help that has a term, and what it is behind some room. */
function renderTerm(line: string): string {
  const [term = '', what = ''] = line.trim().split(/ {2,}/);
  return `.TP\n.B ${text(term)}\n${text(what)}`;
}

/** A command, on as many lines as it needs, each of which a shell joins to the one before. */
function renderExample(line: string): string {
  const lines = [''];
  for (const word of line.trim().split(' ')) {
    const last = lines.at(-1) ?? '';
    const joined = last === '' ? word : `${last} ${word}`;
    if (joined.length <= EXAMPLE_WIDTH) lines[lines.length - 1] = joined;
    else lines.push(`    ${word}`);
  }
  return `.PP\n.nf\n${lines.map(text).join(' \\e\n')}\n.fi`;
}

/** The options, those of a group under its heading. */
function renderGroups(options: readonly Option[]): string[] {
  let group: string | undefined;
  return options.map((option) => {
    const isNew = option.helpGroupHeading !== group;
    group = option.helpGroupHeading;
    const heading = isNew && group !== undefined ? `.SS ${text(group.replace(/:$/, ''))}\n` : '';
    return heading + renderOption(option);
  });
}

function synopsis(name: string, usage: string): string {
  return `.B ${text(name)}\n${text(usage)}`;
}

function section(title: string): string {
  return `.SH ${title}`;
}

function renderOption(option: Option): string {
  const { argChoices, defaultValue, defaultValueDescription, description, flags } = option;
  const choices = argChoices === undefined ? '' : ` One of ${argChoices.join(', ')}.`;
  const shown = defaultValueDescription ?? (defaultValue === false ? undefined : defaultValue);
  const byDefault = shown === undefined ? '' : ` By default ${String(shown)}.`;
  return `.TP\n.B ${text(flags)}\n${text(`${capitalized(description)}.${choices}${byDefault}`)}`;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** Text in which nothing is an instruction of roff. */
function text(plain: string): string {
  return plain
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
