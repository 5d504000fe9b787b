import type { ExtensionName } from '../../list/extensions.ts'
import { bounces } from './bounces.ts'
import { confsub } from './confsub.ts'
import { confunsub } from './confunsub.ts'
import { faq } from './faq.ts'
import { get } from './get.ts'
import { help } from './help.ts'
import { list } from './list.ts'
import { moderate } from './moderate.ts'
import { obstruct } from './obstruct.ts'
import { owner } from './owner.ts'
import { permit } from './permit.ts'
import { reject } from './reject.ts'
import { release } from './release.ts'
import type { Request } from './request.ts'
import { subscribe } from './subscribe.ts'
import { unsubscribe } from './unsubscribe.ts'

/** Whoever serves each address below a list; a missing one does not compile (house 14). */
export const requests = {
  bounces,
  confsub,
  confunsub,
  faq,
  get,
  help,
  list,
  moderate,
  obstruct,
  owner,
  permit,
  reject,
  release,
  subscribe,
  unsubscribe,
} satisfies Record<ExtensionName, Request>
