import { z } from 'zod'

/** How far the transfer of a guest's memory, or of its storage, is; sent several times a second. */
export const TransferProgress = z.object({
  kind: z.literal('transfer'),
  /** What is still to be sent, and all of it. */
  remainingBytes: z.number(),
  totalBytes: z.number(),
  transferredBytes: z.number(),
  bytesPerSecond: z.number(),
  /** How often the guest's memory has been gone through. */
  pass: z.number(),
  /** By how much the guest is slowed down, so that it changes less. */
  throttlePercent: z.number().optional(),
  /** How much of its memory the guest changes in a second; 0: not known yet. */
  changedBytesPerSecond: z.number().optional(),
})
