import { z } from 'zod'
import { Forecast } from '../compat/schema.ts'

/** What the last check that measured a migration expected of it. */
export const Foretold = Forecast.extend({
  /** How long before that was. */
  agoMs: z.number(),
})
