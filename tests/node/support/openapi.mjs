// The OpenAPI document, and whether an answer of the server is as it says.

import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** The document as it is written. */
export const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url)))

const ajv = addFormats(new Ajv({ strict: false, allErrors: true, discriminator: false }))
ajv.addSchema(closed(document), 'openapi')
const asked = new Map()
const repeatable = new Set(['resource'])

/**
 * The document's schemas let a client accept members that it does not know. What the server sends must be described, so
 * here wherever a value is described, no other members are allowed.
 */
function closed(schema, isValue = false) {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, isValue))
  if (schema === null || typeof schema !== 'object') return schema
  const copy = {}
  for (const [name, part] of Object.entries(schema)) {
    if (name === 'properties') {
      copy[name] = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value, true)]))
    } else {
      copy[name] = closed(part, name === 'items' || name === 'oneOf' || name === 'schema')
    }
  }
  const isObject = schema.properties || (schema.$ref?.startsWith('#/components/schemas/') ?? false)
  return isValue && isObject ? { unevaluatedProperties: false, ...copy } : copy
}

/** A `$ref` or the thing itself. */
function resolve(part) {
  return part?.$ref ? part.$ref.slice(2).split('/').reduce((found, name) => found[name], document) : part
}

/** Where a part of the document is, as a JSON pointer. */
function pointer(...names) {
  return names.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What is wrong with a value by the schema at this place; nothing where it is right. */
function faults(place, value) {
  const validate = asked.get(place) ?? ajv.compile({ $ref: `openapi#${encodeURI(place)}` })
  asked.set(place, validate)
  return validate(value) ? [] : validate.errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
}

/** The path of the document that a path of the server belongs to. */
export function templateOf(path) {
  if (path in document.paths) return path
  const templates = Object.keys(document.paths).filter((template) => template.includes('{'))
  const fitting = templates.filter((template) => new RegExp(`^${template.replace(/\{[^}]*\}/g, '.+')}$`).test(path))
  return fitting.sort((one, other) => other.split('/').length - one.split('/').length)[0]
}

/** The operation of a request to this path; `undefined` for pages, preflights and what the server does not have. */
export function operationOf(method, path) {
  const template = templateOf(path)
  const operation = document.paths[template]?.[method.toLowerCase()]
  return operation && { template, method: method.toLowerCase(), operation }
}

/** What is wrong with a request that the server granted; nothing where it is as the document says. */
export function requestFaults({ template, method, operation }, sent) {
  if (sent === undefined) return operation.requestBody?.required ? ['a body is required'] : []
  const media = typeof sent === 'string' ? 'application/json' : 'application/x-www-form-urlencoded'
  const value = typeof sent === 'string' ? JSON.parse(sent) : fields(sent)
  if (!operation.requestBody?.content[media]) return [`a request of ${media} is not described`]
  return faults(pointer('paths', template, method, 'requestBody', 'content', media, 'schema'), value)
}

/** The fields of a form; those that may be repeated are lists. */
function fields(form) {
  const list = [...form.keys()].map((name) => [name, repeatable.has(name) ? form.getAll(name) : form.get(name)])
  return Object.fromEntries(list)
}

/** What is wrong with an answer; nothing where it is as the document says. Its body is read from a copy. */
export async function answerFaults({ template, method, operation }, answer) {
  const status = operation.responses[answer.status] ? answer.status : 'default'
  const place = operation.responses[status].$ref?.slice(1) ?? pointer('paths', template, method, 'responses', status)
  const described = resolve(operation.responses[status])
  const found = []
  for (const [name, header] of Object.entries(described.headers ?? {})) {
    const { required, schema } = resolve(header)
    const value = answer.headers.get(name)
    if (value === null) found.push(...(required ? [`${name} is missing`] : []))
    else if (!ajv.validate(schema, value)) found.push(`${name}: ${value}`)
  }
  const text = await answer.clone().text()
  if (!described.content) return text ? [...found, `a body that is not described: ${text}`] : found
  const media = answer.headers.get('content-type')?.split(';')[0]
  if (!described.content[media]) return [...found, `${answer.status} of ${media} is not described`]
  const value = media.endsWith('json') ? JSON.parse(text) : text
  return [...found, ...faults(`${place}${pointer('content', media, 'schema')}`, value)]
}

/** `fetch`, with every answer of this server that the document describes held against it. */
export function checked(fetch, issuer) {
  return async (input, init) => {
    const answer = await fetch(input, init)
    const url = input.url ?? String(input)
    const isOurs = url.startsWith(`${issuer}/`)
    const path = isOurs && new URL(url).pathname.slice(new URL(`${issuer}/`).pathname.length - 1)
    const operation = isOurs && operationOf(init?.method ?? input.method ?? 'GET', path)
    const found = operation ? await answerFaults(operation, answer) : []
    if (found.length > 0) throw new Error(`${answer.status} of ${url} is not as the document says: ${found.join('; ')}`)
    return answer
  }
}
