import { bounces } from './_bounces.ts'
import { commands } from './_commands.ts'
import { digests } from './_digests.ts'
import { moderation } from './_moderation.ts'
import { posts } from './_posts.ts'
import { requests } from './_requests.ts'
import type { Scenario } from './_scenario.ts'
import { subscriptions } from './_subscriptions.ts'
import { upkeep } from './_upkeep.ts'

const tables = [posts, requests, subscriptions, moderation, commands, bounces, upkeep, digests]

/** Everything that is played by both programs, by title. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  tables.flatMap((table) => Object.entries(table)),
)
