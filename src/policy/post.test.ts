import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readSettings, type Settings, type TunableName } from '../list/tunables.ts'
import type { AccessVerdict } from './access.ts'
import type { PostFacts } from './facts.ts'
import { judgePost } from './post.ts'

const post: PostFacts = {
  size: 1_000,
  envelopeFrom: 'ann@example.org',
  poster: 'ann@example.org',
  claimedPoster: 'ann@example.org',
  cameBack: false,
  isAutoReply: false,
  namesTheList: true,
  posterIsSubscriber: false,
  headerLines: [],
}

function settingsOf(files: Partial<Record<TunableName, string>>): Settings {
  const all: Partial<Record<TunableName, string>> = { listaddress: 'talk@example.net\n', ...files }
  return readSettings(
    (name) => {
      const content = all[name]
      return content === undefined ? undefined : Buffer.from(content)
    },
    () => undefined,
  )
}

function judge(
  files: Partial<Record<TunableName, string>>,
  facts: Partial<PostFacts> = {},
  access: AccessVerdict['action'] = 'allow',
  qualifier?: string,
) {
  const settings = settingsOf(files)
  const verdict = { action: access, log: '', warnings: [], ...(qualifier ? { qualifier } : {}) }
  return judgePost({ ...post, ...facts }, settings, identityOf(settings), () => verdict)
}

const ann = 'ann@example.org'

test('judgePost() distributes a plain post', () => {
  assert.deepEqual(judge({}), { do: 'distribute' })
})

test('judgePost() discards a mail without exactly one poster before anything else', () => {
  assert.deepEqual(judge({ maxmailsize: '1' }, { poster: undefined }), {
    do: 'discard',
    why: 'badfrom',
    keep: 'original',
  })
})

test('judgePost() discards what the list has sent before, and tells nobody', () => {
  const back = { do: 'discard', why: 'loop', keep: 'original' }
  assert.deepEqual(judge({ maxmailsize: '1' }, { cameBack: true, isAutoReply: true }), back)
  assert.deepEqual(judge({ takeautoreplies: '', send: ann }, { cameBack: true }), back)
})

test('judgePost() discards an automatic reply, unless the list wants such', () => {
  const reply = { isAutoReply: true }
  assert.deepEqual(judge({ subonlypost: '' }, reply), {
    do: 'discard',
    why: 'autoreply',
    keep: 'original',
  })
  assert.deepEqual(judge({ takeautoreplies: '' }, reply), { do: 'distribute' })
})

test('judgePost() refuses a mail larger than maxmailsize, not one of that size', () => {
  assert.deepEqual(judge({ maxmailsize: '999' }), {
    do: 'refuse',
    why: 'maxmailsize',
    replyTo: ann,
  })
  assert.deepEqual(judge({ maxmailsize: '1000' }), { do: 'distribute' })
  assert.deepEqual(judge({ maxmailsize: '999', nomaxmailsizedenymails: '' }), {
    do: 'refuse',
    why: 'maxmailsize',
    replyTo: undefined,
  })
})

test('judgePost() takes a maxmailsize that is no number for no limit', () => {
  assert.deepEqual(judge({ maxmailsize: '10k' }), { do: 'distribute' })
})

test('judgePost() discards mail that has no sender', () => {
  assert.deepEqual(judge({}, { envelopeFrom: '' }), {
    do: 'discard',
    why: 'nosender',
    keep: 'original',
  })
})

test('judgePost() refuses a post that does not name the list unless tocc is set', () => {
  const facts = { namesTheList: false }
  assert.deepEqual(judge({}, facts), { do: 'refuse', why: 'tocc', replyTo: ann })
  assert.deepEqual(judge({ notoccdenymails: '' }, facts), {
    do: 'refuse',
    why: 'tocc',
    replyTo: undefined,
  })
  assert.deepEqual(judge({ tocc: '' }, facts), { do: 'distribute' })
})

test('judgePost() never replies to the list itself', () => {
  const facts = { namesTheList: false, poster: 'TALK@example.net' }
  assert.deepEqual(judge({}, facts), { do: 'refuse', why: 'tocc', replyTo: undefined })
})

test('judgePost() carries out each access action', () => {
  const files = { access: 'x\n', moderated: '' }
  assert.deepEqual(judge(files, {}, 'allow'), { do: 'hold', why: 'moderated' })
  assert.deepEqual(judge(files, {}, 'send'), { do: 'distribute' })
  assert.deepEqual(judge(files, {}, 'moderate'), { do: 'hold', why: 'access' })
  assert.deepEqual(judge(files, {}, 'discard'), { do: 'discard', why: 'access', keep: 'prepared' })
  assert.deepEqual(judge(files, {}, 'deny', 'html'), {
    do: 'refuse',
    why: 'access',
    qualifier: 'html',
    replyTo: ann,
  })
  assert.deepEqual(judge({ ...files, noaccessdenymails: '' }, {}, 'deny'), {
    do: 'refuse',
    why: 'access',
    replyTo: undefined,
  })
})

test('judgePost() asks the access rules only when there are some', () => {
  const settings = settingsOf({})
  const decision = judgePost(post, settings, identityOf(settings), () => {
    throw new Error('asked')
  })
  assert.deepEqual(decision, { do: 'distribute' })
})

test('judgePost() lets a line of control/send pass the later checks, not the access rules', () => {
  const send = 'x@example.org\nANN@example.org\n'
  assert.deepEqual(judge({ send, subonlypost: '', moderated: '' }), { do: 'distribute' })
  assert.equal(judge({ send, access: '' }, {}, 'deny').do, 'refuse')
  assert.deepEqual(judge({ send, access: '' }, {}, 'moderate'), { do: 'hold', why: 'access' })
})

test('judgePost() refuses a stranger before it asks a moderator', () => {
  assert.deepEqual(judge({ subonlypost: '', moderated: '' }), {
    do: 'refuse',
    why: 'subonlypost',
    replyTo: ann,
  })
  assert.equal(judge({ subonlypost: '', access: '' }, {}, 'moderate').do, 'refuse')
})

test('judgePost() lets subscribers post when subonlypost is set', () => {
  assert.deepEqual(judge({ subonlypost: '' }, { posterIsSubscriber: true }), { do: 'distribute' })
})

test('judgePost() lets moderators alone post when modonlypost is set', () => {
  const moderators = 'joe@example.org\n'
  assert.equal(judge({ modonlypost: '', moderators }).do, 'refuse')
  assert.deepEqual(judge({ modonlypost: '', moderators: `${moderators}Ann@example.org` }), {
    do: 'distribute',
  })
})

test('judgePost() takes a missing moderators file for an empty one', () => {
  assert.deepEqual(judge({ modonlypost: '' }), {
    do: 'refuse',
    why: 'modonlypost',
    replyTo: ann,
  })
})

test('judgePost() prefers subonlypost to modonlypost, and either switch silences', () => {
  const files = { subonlypost: '', modonlypost: '', moderators: ann }
  assert.deepEqual(judge(files), { do: 'refuse', why: 'subonlypost', replyTo: ann })
  assert.deepEqual(judge({ ...files, nomodonlydenymails: '' }), {
    do: 'refuse',
    why: 'subonlypost',
    replyTo: undefined,
  })
})

test('judgePost() holds what modnonsubposts lets wait', () => {
  assert.deepEqual(judge({ modnonsubposts: '' }), { do: 'hold', why: 'modnonsubposts' })
  assert.deepEqual(judge({ modnonsubposts: '', modonlypost: '' }), {
    do: 'hold',
    why: 'modnonmodposts',
  })
  assert.deepEqual(judge({ modnonsubposts: '' }, { posterIsSubscriber: true }), {
    do: 'distribute',
  })
})

test('judgePost() drops what claims to be posted by the list where posting is restricted', () => {
  const facts = { claimedPoster: 'talk@example.net' }
  assert.deepEqual(judge({ subonlypost: '' }, facts), {
    do: 'discard',
    why: 'fromlist',
    keep: 'nothing',
  })
})

test('judgePost() holds every post of a moderated list, a moderator’s own too', () => {
  assert.deepEqual(judge({ moderated: '', moderators: ann }), { do: 'hold', why: 'moderated' })
})
