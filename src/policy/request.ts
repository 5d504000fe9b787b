import { bareBytes, sameBytes } from '../base/bytes.ts'
import type { ExtensionName } from '../list/extensions.ts'
import type { Settings } from '../list/tunables.ts'

/**
 * Why a list does not serve a request, as the end of a sentence; undefined when it does. What is not
 * served is not answered (spec mailflow 3.2).
 */
export function whyNotServed(
  name: ExtensionName,
  settings: Settings,
  { sender, isSubscriber }: { sender: string; isSubscriber: boolean },
): string | undefined {
  switch (name) {
    case 'subscribe':
      return settings.closedlist || settings.closedlistsub ? 'nobody may join by mail' : undefined
    case 'unsubscribe':
    case 'confunsub':
      return settings.closedlist ? 'nobody may leave by mail' : undefined
    case 'get':
      if (settings.noget) return 'old posts are not sent'
      return settings.subonlyget && !isSubscriber ? 'old posts are for subscribers' : undefined
    case 'list':
      if (settings.nolistsubsemail) return 'the subscribers are not sent'
      return (settings.owner ?? []).some((line) => sameBytes(bareBytes(line), sender))
        ? undefined
        : 'only an owner may ask for the subscribers'
    case 'confsub':
    case 'bounces':
    case 'release':
    case 'reject':
    case 'permit':
    case 'obstruct':
    case 'moderate':
    case 'help':
    case 'faq':
    case 'owner':
      return undefined
  }
}
