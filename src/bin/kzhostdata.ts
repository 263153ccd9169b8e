import { runKzhostdata } from '../cli/kzhostdata/kzhostdata.ts'
import { main } from './main.ts'

await main('kzhostdata', runKzhostdata)
