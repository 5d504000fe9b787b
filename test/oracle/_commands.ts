import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import type { DifferenceName } from './_differences.ts'
import type { Scenario } from './_scenario.ts'
import { asks, puts, receives, relayUp, runs, type Step } from '../_stage.ts'

/** Program and arguments, without the list. */
type Words = readonly [program: string, ...args: readonly string[]]

/** A scenario of commands alone; the subscribers are ann, bob and cat (test/_list.ts). */
function typed(
  steps: readonly Words[],
  replies = 0,
  list: ListSetup = {},
  differs: readonly DifferenceName[] = [],
): Scenario {
  return { list, steps: steps.map((words) => runs(...words)), differs, yields: { replies } }
}

function control(files: Readonly<Record<string, string>>): ListSetup {
  return { control: files }
}

const ann = ['-a', 'ANN@Example.org'] as const
const neu = ['-a', 'New@Example.org'] as const
const gatekeepers = 'g1@example.net\ng2@example.net\n'
const usage = ['exit codes say what was wrong'] as const
const everything: ListSetup = {
  subscribers: ['ann@example.org'],
  digesters: ['ann@example.org', 'dora@example.org'],
  nomail: ['Ann@example.org', 'alf@example.org'],
}

const typedScenarios: Readonly<Record<string, Scenario>> = {
  'sub adds': typed([['sub', ...neu, '-q', '-s']]),
  'sub adds to digests': typed([['sub', ...neu, '-d']]),
  'sub adds without mail': typed([['sub', ...neu, '-n']]),
  'sub adds to both': typed([['sub', ...neu, '-b']]),
  'sub says already': typed([['sub', ...ann]], 1),
  'sub says already, for digests': typed([['sub', ...ann, '-d']], 1, {
    subscribers: [],
    digesters: ['ann@example.org'],
  }),
  'sub is silent about already': typed([['sub', ...ann, '-s']]),
  'sub moves to digests': typed([['sub', ...ann, '-d', '-c']], 1),
  'sub moves to nomail': typed([['sub', ...ann, '-nc']], 1),
  'sub extends to both': typed([['sub', ...ann, '-bc']], 1),
  'sub reduces both': typed([['sub', ...ann, '-d']], 0, { digesters: ['ann@example.org'] }),
  'sub moves from nomail to both': typed([['sub', ...neu, '-b']], 0, {
    nomail: ['new@example.org'],
  }),
  'sub moves to digests out of everything': typed([['sub', ...ann, '-d']], 0, everything, [
    'a move leaves nothing behind',
  ]),
  'sub welcomes': typed([['sub', ...neu, '-c']], 1),
  'sub welcomes a request': typed([['sub', ...neu, '-rc']], 1),
  'sub welcomes a confirmation': typed([['sub', ...neu, '-dRc']], 1),
  'sub tells the owner': typed([['sub', ...neu, '-c']], 2, control({ notifysub: '' })),
  'sub tells no owner': typed([['sub', ...neu, '-q']], 0, control({ notifysub: '' })),
  'sub asks': typed([['sub', ...neu, '-C']], 1),
  'sub asks about digests': typed([['sub', ...neu, '-dCr']], 1),
  'sub asks about both': typed([['sub', ...neu, '-bC']], 1),
  'sub asks nobody who is there': typed([['sub', ...ann, '-C']], 1),
  'sub holds for two gatekeepers': typed(
    [['sub', ...neu, '-d']],
    3,
    control({ submod: gatekeepers }),
  ),
  'sub holds without a word to the subscriber, for the owner': typed(
    [['sub', ...neu]],
    1,
    control({ submod: '', nosubmodmails: '' }),
  ),
  'sub holds for the owner when the last line of submod is no address': typed(
    [['sub', ...neu]],
    2,
    control({ submod: 'g1@example.net\nnobody\n' }),
  ),
  'sub is forced': typed([['sub', ...neu, '-f']], 0, control({ submod: gatekeepers })),
  'sub permits what is held': typed([['sub', '-m', 'subscribe00000000000000aa', '-c']], 2, {
    ...control({ submod: gatekeepers, notifysub: '' }),
    files: { 'moderation/subscribe00000000000000aa': 'zoe@example.net\nSUB_BOTH\n' },
  }),
  'sub permits, told the short name': typed([['sub', '-m', '00000000000000aa', '-q']], 0, {
    files: { 'moderation/subscribe00000000000000aa': 'zoe@example.net\nSUB_NORMAL\n' },
  }),
  'sub does not look at closed lists': typed(
    [
      ['sub', ...neu, '-d'],
      ['unsub', ...ann],
    ],
    0,
    control({ closedlist: '', closedlistsub: '', nodigestsub: '' }),
  ),
  'sub with the relay down': {
    sink: 'down',
    steps: [runs('sub', ...neu, '-c')],
    yields: { file: 'queue/ID.reciptto' },
  },
  'unsub removes': typed([['unsub', ...ann]]),
  'unsub removes from everything': typed([['unsub', ...ann, '-c']], 1, everything),
  'unsub removes from digests only': typed([['unsub', ...ann, '-dc']], 1, everything),
  'unsub removes from nomail only': typed([['unsub', ...ann, '-nc']], 1, everything),
  'unsub removes from the normal version only': typed([['unsub', ...ann, '-Nc']], 1, everything),
  'unsub says not subscribed': typed([['unsub', ...neu]], 1),
  'unsub says not subscribed to digests': typed([['unsub', ...ann, '-d']], 1),
  'unsub is silent about it': typed([['unsub', ...neu, '-s']]),
  'unsub asks': typed([['unsub', ...ann, '-Cr']], 1),
  'unsub asks about digests': typed([['unsub', ...ann, '-Cd']], 1, everything),
  'unsub asks about nomail': typed([['unsub', ...ann, '-Cn']], 1, everything),
  'unsub tells the owner': typed([['unsub', ...ann]], 1, control({ notifysub: '' })),
  'unsub tells no owner': typed([['unsub', ...ann, '-q']], 0, control({ notifysub: '' })),
  'unsub tells the owner of one who bounced': typed(
    [['unsub', ...ann, '-b']],
    1,
    control({ notifysub: '' }),
  ),
  'unsub as the answer to a question': typed([['unsub', ...ann, '-Rc']], 1),
  'both join and leave, in every spelling': typed([
    ['sub', '-anew@example.org', '-dqs'],
    ['sub', '-sqa', 'Zoe@example.net'],
    ['sub', '-s', '-a', '-dash@example.org'],
    ['unsub', '-qsa', 'ZOE@EXAMPLE.NET'],
    ['list'],
    ['list', '-d'],
    ['list', '-dc'],
    ['list', '-dn', '-s'],
    ['list', '-o'],
    ['list', '-m', '-c'],
    ['list', '-Z', '-c'],
  ]),
  'list shows all kinds': typed(
    [
      ['list'],
      ['list', '-s'],
      ['list', '-d'],
      ['list', '-n'],
      ['list', '-nc'],
      ['list', '-m'],
      ['list', '-mc'],
      ['list', '-o'],
    ],
    0,
    {
      ...everything,
      ...control({ moderators: 'mod@example.net\nmia@example.org\n', owner: 'a@example.org\nb\n' }),
    },
  ),
  'nothing given': typed([['sub'], ['unsub'], ['send'], ['bounce']], 0, {}, usage),
  'two versions at once': typed(
    [
      ['sub', ...neu, '-dn'],
      ['unsub', ...ann, '-dn'],
    ],
    0,
    {},
    usage,
  ),
  'asked and confirmed at once': typed(
    [
      ['sub', ...neu, '-CR'],
      ['unsub', ...ann, '-Cc'],
    ],
    0,
    {},
    usage,
  ),
  'no address': typed([['sub', '-a', 'nobody', '-q']], 0, {}, usage),
  'an address that is the list': typed([['sub', '-a', 'Talk@example.org', '-q']], 0, {}, usage),
  'a cookie under which nothing is held': typed([['sub', '-m', '00000000000000bb']], 0, {}, usage),
}

const file: Step = puts('queue/00000000000000aa', post({ sender: null }))
const mailFile = ['-m', '{list}/queue/00000000000000aa'] as const
const three = { posts: 3, file: 'archive/1' }

/** mlmmj-send and mlmmj-process as programs of their own. */
const sending: Readonly<Record<string, Scenario>> = {
  'send to everybody': { steps: [file, runs('send', ...mailFile)], yields: three },
  'send leaves somebody out': {
    steps: [file, runs('send', ...mailFile, '-o', 'ann@example.org')],
    yields: { posts: 2, file: 'archive/1' },
  },
  'send -l 1': {
    steps: [
      file,
      runs('send', ...mailFile, '-l', '1', '-F', 'joe@example.org', '-T', 'zoe@example.net'),
    ],
    yields: { replies: 1 },
  },
  'send -l 1 with Reply-To:': {
    steps: [
      file,
      runs('send', ...mailFile, '-l1', '-Fjoe@example.org', '-Tzoe@example.net', '-Rr@example.net'),
    ],
    yields: { replies: 1 },
  },
  'send -l 1 with the relay down, and again': {
    sink: 'down',
    steps: [
      file,
      runs('send', ...mailFile, '-l', '1', '-F', 'joe@example.org', '-T', 'zoe@example.net'),
      relayUp(),
      runs('maintd', '-F'),
      runs('maintd', '-F'),
    ],
    yields: { replies: 1 },
  },
  'send -l 2': {
    list: control({ moderators: 'mod@example.net\nmia@example.org\n' }),
    steps: [file, runs('send', ...mailFile, '-l', '2', '-F', 'talk+owner@example.org')],
    yields: { replies: 2 },
  },
  'send -l 3': {
    list: {
      files: {
        index: '7',
        'archive/7': post({ sender: null }),
        some: 'ann@example.org\nzoe@example.net\n',
      },
    },
    steps: [runs('send', '-l', '3', '-m', '{list}/archive/7', '-s', '{list}/some', '-a', '-D')],
    yields: { posts: 2, file: 'archive/7' },
  },
  'send -l 4': {
    list: { files: { some: 'ann@example.org\n\nzoe@example.net\n' } },
    steps: [
      file,
      runs('send', ...mailFile, '-l', '4', '-s', '{list}/some', '-F', 'joe@example.org', '-a'),
    ],
    yields: { replies: 2, file: 'some' },
  },
  'send -l 6': {
    list: { files: { index: '7', 'archive/7': post({ sender: null }) } },
    steps: [runs('send', '-l', '6', '-m', '{list}/archive/7', '-T', 'zoe@example.net', '-a', '-D')],
    yields: { posts: 1, file: 'archive/7' },
  },
  'send -l 7': {
    list: { digesters: ['dora@example.org', 'dan@example.net'] },
    steps: [file, runs('send', ...mailFile, '-l', '7')],
    yields: { replies: 2 },
  },
  'send keeps the file': {
    steps: [
      file,
      runs('send', ...mailFile, '-D', '-l1', '-F', 'joe@example.org', '-T', 'zoe@example.net'),
    ],
    yields: { replies: 1, file: 'queue/ID' },
  },
  'process takes a file': {
    list: { files: { 'incoming/00000000000000aa': post() } },
    steps: [runs('process', '-m', '{list}/incoming/00000000000000aa')],
    yields: three,
  },
  'process only prepares': {
    list: { files: { 'incoming/00000000000000aa': post() }, control: { prefix: '[t]' } },
    steps: [runs('process', '-P', '-m', '{list}/incoming/00000000000000aa')],
    yields: { file: 'queue/ID' },
  },
  'receive is told the sender': {
    steps: [receives(post({ sender: null }), {}, ['-s', 'joe@example.org'])],
    yields: three,
  },
  'receive is told the extension': {
    list: control({ tocc: '' }),
    steps: [receives(post(), {}, ['-e', 'help'])],
    yields: { replies: 1 },
  },
  'maintd of a directory': {
    list: { files: { 'queue/x.y': 'odd' } },
    steps: [asks('maintd', ['-F', '-d', '{list}/..'])],
    yields: {},
  },
  'make-ml makes a list that works': {
    steps: [
      asks('make-ml', ['-s', '{list}/made'], 'new\nlists.example.org\nann@example.org\nen\n'),
      asks('sub', ['-L', '{list}/made/new', '-a', 'Joe@example.org', '-q']),
      asks('list', ['-L', '{list}/made/new']),
      asks('list', ['-L', '{list}/made/new', '-o']),
    ],
    yields: { file: 'made/new/control/listaddress' },
  },
  'make-ml knows the name': {
    steps: [asks('make-ml', ['-s', '{list}/made', '-L', 'new'], 'lists.example.org\n\n\n')],
    differs: ['the owner of a new list can be reached'],
    yields: { file: 'made/new/control/owner' },
  },
  'receive only keeps': {
    steps: [runs('receive', '-P', '-F')],
    yields: { file: 'incoming/ID' },
  },
}

/** What people and other programs type. */
export const commands: Readonly<Record<string, Scenario>> = { ...typedScenarios, ...sending }
