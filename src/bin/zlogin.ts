import { runZlogin } from '../cli/zlogin/zlogin.ts'
import { main } from './main.ts'

await main('zlogin', runZlogin)
