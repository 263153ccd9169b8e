/** What a thread beside zoneadm's own does: it is given a part of the matrix, answers its rows and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { judgePart, type MatrixPart } from './judge-part.ts'

parentPort?.postMessage(await judgePart(workerData as MatrixPart))
