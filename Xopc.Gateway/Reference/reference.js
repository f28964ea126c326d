// Shows /openapi.json. Everything is put in as text, never as markup: the document quotes what people wrote.
'use strict';

(() => {
  const $ = id => document.getElementById(id);
  const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];
  const DEPTH = 6;
  let api;
  let operations = [];

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat().filter(child => child !== undefined && child !== null && child !== false));
    return node;
  };

  const resolve = node => {
    for (let hops = 0; node?.$ref && hops < 10; hops++) {
      node = node.$ref.split('/').slice(1).reduce((at, part) => at?.[part], api);
    }
    return node ?? {};
  };

  const nameOf = schema => schema?.$ref?.split('/').pop();

  // Properties of a schema and of all it is put together from, with the names it requires and the groups of which one is required.
  const shapeOf = schema => {
    const at = resolve(schema);
    const shape = { properties: { ...at.properties }, required: new Set(at.required ?? []), oneOf: [], rest: at.additionalProperties };
    for (const part of at.allOf ?? []) {
      const inner = shapeOf(part);
      Object.assign(shape.properties, inner.properties);
      inner.required.forEach(name => shape.required.add(name));
      shape.oneOf.push(...inner.oneOf);
      shape.rest ??= inner.rest;
      if (part.anyOf?.every(way => way.required)) shape.oneOf.push(part.anyOf.map(way => way.required[0]));
    }
    return shape;
  };

  // anyOf [X, null] is X that may be null.
  const bare = schema => schema?.anyOf?.find(each => each.type !== 'null') ?? schema;

  const typeOf = schema => {
    const plain = bare(schema);
    const at = resolve(plain);
    const types = [at.type ?? (at.enum ? 'text' : 'anything')].flat().filter(type => type !== 'null')
      .map(type => ({ string: at.format === 'date-time' ? 'date and time' : 'text', integer: 'whole number', boolean: 'true or false' })[type] ?? type);
    const maybe = schema?.anyOf || [at.type].flat().includes('null') ? ', may be null' : '';
    if (types[0] === 'array') return (at.items ? `list of ${typeOf(at.items)}` : 'list') + maybe;
    return (nameOf(plain) ?? types.join(' or ')) + maybe;
  };

  const inner = schema => {
    const plain = resolve(bare(schema));
    return [plain.type].flat().includes('array') ? plain.items : bare(schema);
  };

  const example = (schema, name = '', depth = 0) => {
    const at = resolve(bare(schema));
    const type = [at.type].flat().find(each => each !== 'null');
    if (at.enum) return at.enum[0];
    if (at.allOf || type === 'object') {
      const shape = shapeOf(bare(schema));
      if (depth > DEPTH) return {};
      return Object.fromEntries(Object.entries(shape.properties).map(([key, value]) => [key, example(value, key, depth + 1)]));
    }
    if (type === 'array') return depth > DEPTH ? [] : [example(at.items, name, depth + 1)];
    if (type === 'integer') return at.minimum ?? 1;
    if (type === 'number') return 0.5;
    if (type === 'boolean') return true;
    if (at.format === 'date-time') return '2026-01-01T12:00:00Z';
    return samples[name] ?? 'text';
  };

  const samples = {
    key: 'main:webchat:default:direct:default', sessionKey: 'main:webchat:default:direct:default', session: 'default', message: 'Hello!', agentId: 'main', channel: 'webchat',
    runId: '0199a3c0-0000-7000-8000-000000000000', model: 'openai/gpt-4o-mini', name: 'A name', role: 'assistant', status: 'ok', version: '0.1.0', code: 'INVALID_REQUEST',
  };

  // What has to be there, and the first of each group of which one has to.
  const smallest = schema => {
    if (schema.examples) return schema.examples[0];
    const shape = shapeOf(schema);
    const names = new Set([...shape.required, ...shape.oneOf.map(group => group[0])]);
    const all = Object.entries(shape.properties);
    const chosen = names.size ? all.filter(([key]) => names.has(key)) : all.slice(0, 1);
    return Object.fromEntries(chosen.map(([key, value]) => [key, example(value, key)]));
  };

  const curl = operation => {
    const address = operation.path.replace(/\{(\w+)\}/g, (_, name) => samples[name] ?? name);
    const query = operation.parameters.filter(parameter => parameter.in === 'query' && parameter.required).map(parameter => `${parameter.name}=${parameter.schema.enum?.[0] ?? 'value'}`);
    const lines = [`curl ${operation.method === 'get' ? '' : operation.method === 'head' ? '--head ' : `-X ${operation.method.toUpperCase()} `}'${location.origin}${address}${query.length ? '?' + query.join('&') : ''}'`];
    if (operation.scope) lines.push('-H "Authorization: Bearer $(xopc gateway token)"');
    if (operation.stream && !operation.json) lines.push('-N');
    if (operation.request) {
      lines.push("-H 'Content-Type: application/json'");
      lines.push(`-d '${JSON.stringify(smallest(operation.request)).replaceAll("'", "'\\''")}'`);
    }
    return lines.join(' \\\n  ');
  };

  const sample = text => {
    const button = el('button', { type: 'button', onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Select it';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    } }, 'Copy');
    return el('div', { class: 'sample' }, el('pre', { tabindex: 0 }, el('code', {}, text)), button);
  };

  // What is sent says what is required; what is answered, what may be missing.
  const fields = (schema, answered, trail = []) => {
    const shape = shapeOf(schema);
    const list = Object.entries(shape.properties).map(([name, value]) => {
      const at = resolve(bare(value));
      const below = inner(value);
      const group = shape.oneOf.find(names => names.includes(name));
      const item = el('li', {},
        el('code', { class: 'name' }, name), el('span', { class: 'type' }, typeOf(value)),
        answered ? !shape.required.has(name) && el('span', { class: 'may' }, 'not always there') : shape.required.has(name) && el('span', { class: 'must' }, 'required'),
        group && el('span', { class: 'must' }, `one of ${group.join(', ')}`),
        at.enum && el('div', { class: 'note' }, at.enum.join(', ')));
      const again = nameOf(below);
      if (Object.keys(shapeOf(below).properties).length && !trail.includes(again)) item.append(expander(() => fields(below, answered, [...trail, again])));
      return item;
    });
    if (shape.rest && shape.rest !== true) list.push(el('li', {}, el('em', {}, 'any name'), el('span', { class: 'type' }, typeOf(shape.rest))));
    return list.length ? el('ul', { class: 'fields' }, list) : el('p', { class: 'why' }, typeOf(schema));
  };

  // Made when it is opened: a document has some hundred shapes, a reader looks at three.
  const expander = make => {
    let made;
    const button = el('button', { type: 'button', class: 'more', 'aria-expanded': 'false', onclick: () => {
      made ??= button.parentNode.appendChild(make());
      const open = button.getAttribute('aria-expanded') !== 'true';
      made.hidden = !open;
      button.setAttribute('aria-expanded', open);
    } }, 'fields');
    return button;
  };

  const parameters = operation => operation.parameters.length > 0 && [
    el('h3', {}, 'Parameters'),
    el('ul', { class: 'fields' }, operation.parameters.map(parameter => el('li', {},
      el('code', { class: 'name' }, parameter.name), el('span', { class: 'type' }, `${parameter.in}, ${typeOf(parameter.schema)}`),
      parameter.required && el('span', { class: 'must' }, 'required'),
      parameter.description && el('div', { class: 'note' }, parameter.description),
      parameter.schema.enum && el('div', { class: 'note' }, parameter.schema.enum.join(', ')),
      parameter.schema.maximum !== undefined && el('div', { class: 'note' }, `${parameter.schema.minimum} to ${parameter.schema.maximum}`)))),
  ];

  const events = media => el('ul', { class: 'fields' }, Object.entries(media['x-xopc-events']).map(([name, schema]) => {
    const item = el('li', {}, el('code', { class: 'name' }, name), el('span', { class: 'type' }, 'event'));
    item.append(expander(() => fields(schema, true)));
    return item;
  }));

  const answers = operation => {
    const good = [];
    const faults = [];
    for (const [status, raw] of Object.entries(operation.responses)) {
      const response = resolve(raw);
      if (status < 300 || !raw.$ref) {
        good.push(el('h3', {}, `Answer ${status}`));
        for (const [type, media] of Object.entries(response.content ?? {})) {
          good.push(el('p', { class: 'why' }, el('code', {}, type)));
          if (media['x-xopc-events']) good.push(events(media));
          else if (type === 'application/json') good.push(fields(media.schema, true));
        }
        if (!response.content) good.push(el('p', { class: 'why' }, 'No content.'));
      } else {
        const codes = resolve(raw).content?.['application/json']?.schema.allOf[1].properties.error.properties.code.enum ?? [];
        faults.push(el('div', { class: 'answer' }, el('b', { class: 'fault' }, status), el('div', {}, codes.map(code => el('code', {}, code)), el('div', { class: 'note' }, response.description))));
      }
    }
    return [...good, el('h3', {}, 'Errors'), ...faults];
  };

  const detail = operation => {
    const right = [el('h3', {}, 'Request'), sample(curl(operation))];
    if (operation.json) right.push(el('h3', {}, 'Answer'), sample(JSON.stringify(example(operation.json), null, 2)));
    else if (operation.stream) {
      const [name, schema] = Object.entries(operation.stream['x-xopc-events'])[0];
      right.push(el('h3', {}, 'Answer'), sample(`id: 1.1\nevent: ${name}\ndata: ${JSON.stringify(example(schema))}\n`));
    }
    return el('div', { class: 'body' },
      el('div', {},
        el('h3', {}, 'Access'), el('p', { class: 'why' }, operation.scope ? ['Needs ', el('code', {}, operation.scope), '. ', ways(operation)] : ['Public. ', operation.open]),
        operation.description && el('p', {}, operation.description),
        parameters(operation),
        operation.request && [el('h3', {}, 'Body'), el('p', { class: 'why' }, el('code', {}, 'application/json'), operation.optional && ', may be left out'),
          operation.request.description && el('p', { class: 'note' }, operation.request.description),
          operation.request['x-xopc-schema'] && el('p', { class: 'note' }, 'The whole schema: ', el('code', {}, `GET ${operation.request['x-xopc-schema']}`)),
          fields(operation.request)],
        answers(operation)),
      el('div', {}, right));
  };

  const ways = operation => 'Sent as ' + operation.security.flatMap(Object.keys).map(way => ({
    bearer: 'Authorization: Bearer', apiKey: 'X-Api-Key', queryToken: '?token=', pageCookie: 'the cookie of a page',
  })[way] ?? way).join(', or as ') + '.';

  const card = operation => {
    const body = el('div', {});
    const details = el('details', { ontoggle: () => { if (details.open && !body.hasChildNodes()) body.append(detail(operation)); } },
      el('summary', {},
        el('span', { class: `method ${operation.method}` }, operation.method), el('span', { class: 'path' }, operation.path), el('span', { class: 'what' }, operation.summary),
        el('span', { class: `scope ${operation.scope?.split('.').pop() ?? ''}` }, operation.scope?.split('.').pop() ?? 'public')),
      body);
    operation.details = details;
    operation.card = el('article', { id: operation.id }, details);
    operation.link = el('a', { href: `#${operation.id}`, title: operation.summary }, el('span', { class: `method ${operation.method}` }, operation.method), el('span', { class: 'path' }, operation.path));
    return operation.card;
  };

  // Every word that somebody may look for: names of fields and codes of errors included.
  const wordsOf = (raw, path, method) => {
    const words = [method, path, raw.summary, raw.operationId, raw['x-xopc-scope'] ?? 'public', ...(raw.tags ?? [])];
    const seen = new Set();
    const walk = node => {
      if (!node || typeof node !== 'object') return;
      if (node.$ref) {
        if (seen.has(node.$ref)) return;
        seen.add(node.$ref);
        words.push(nameOf(node));
        walk(resolve(node));
        return;
      }
      if (node.properties) words.push(...Object.keys(node.properties));
      if (typeof node.name === 'string' && node.in) words.push(node.name);
      if (node['x-xopc-events']) words.push(...Object.keys(node['x-xopc-events']));
      Object.values(node).forEach(walk);
    };
    walk({ ...raw.requestBody });
    walk({ ...raw.parameters });
    walk({ ...raw.responses });
    return words.join(' ').toLowerCase();
  };

  const read = () => Object.entries(api.paths).flatMap(([path, item]) => METHODS.filter(method => item[method]).map(method => {
    const raw = item[method];
    const ok = resolve(raw.responses['200'] ?? raw.responses['201'] ?? {});
    return {
      path, method, id: raw.operationId, tag: raw.tags?.[0] ?? 'Other', summary: raw.summary, description: raw.description, scope: raw['x-xopc-scope'], open: raw['x-xopc-public'],
      security: raw.security ?? [], parameters: raw.parameters ?? [], request: raw.requestBody?.content['application/json']?.schema, optional: raw.requestBody?.required === false, responses: raw.responses,
      json: ok.content?.['application/json']?.schema, stream: ok.content?.['text/event-stream'], words: wordsOf(raw, path, method),
    };
  }));

  const intro = () => {
    const codes = resolve({ $ref: '#/components/schemas/Error' }).properties?.error.properties.code.enum ?? [];
    return el('div', { class: 'intro' },
      el('h1', {}, api.info.title), el('p', {}, `${operations.length} operations, version ${api.info.version}. Made from the endpoints of this gateway.`),
      el('div', { class: 'cards' },
        el('div', { class: 'card' }, el('h3', {}, 'Credential'), el('p', {}, el('code', {}, 'Authorization: Bearer'), ' or ', el('code', {}, 'X-Api-Key'), '. Print the token with ', el('code', {}, 'xopc gateway token'), '.')),
        el('div', { class: 'card' }, el('h3', {}, 'Scopes'), el('p', {}, el('code', {}, 'read'), ', ', el('code', {}, 'write'), ', ', el('code', {}, 'admin'), ': each holds the ones before it. The badge says what an operation needs.')),
        el('div', { class: 'card' }, el('h3', {}, 'Errors'), el('p', {}, `One shape and ${codes.length} codes: `, el('code', {}, '{"error":{"code","message"}}'), '.'))));
  };

  const show = () => {
    operations = read();
    $('version').textContent = api.info.version;
    const parts = [intro()];
    if (api['x-xopc-unavailable']) parts.push(el('p', { class: 'notice' }, `Left out, because it did not answer: ${api['x-xopc-unavailable'].join(', ')}.`));
    const index = [];
    for (const tag of [...new Set(operations.map(operation => operation.tag))].sort()) {
      const own = operations.filter(operation => operation.tag === tag);
      const section = el('section', { id: `tag-${tag}` }, el('h2', {}, tag), own.map(card));
      const heading = el('h2', {}, tag);
      own.forEach(operation => { operation.section = section; operation.heading = heading; });
      parts.push(section);
      index.push(heading, ...own.map(operation => operation.link));
    }
    parts.push(el('p', { class: 'notice', id: 'nothing', hidden: true }, 'Nothing matches. Escape clears the search.'));
    $('operations').replaceChildren(...parts);
    $('index').replaceChildren(...index);
    open('instant');
  };

  const search = () => {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const tags = new Map();
    for (const operation of operations) {
      const fits = words.every(word => operation.words.includes(word));
      operation.card.hidden = operation.link.hidden = !fits;
      tags.set(operation.section, (tags.get(operation.section) ?? false) || fits);
      operation.heading.hidden = !tags.get(operation.section);
    }
    tags.forEach((fits, section) => { section.hidden = !fits; });
    document.querySelector('.intro').hidden = words.length > 0;
    $('nothing').hidden = [...tags.values()].some(Boolean);
  };

  const open = behavior => {
    const chosen = operations.find(operation => '#' + operation.id === location.hash);
    operations.forEach(operation => operation.link.classList.toggle('here', operation === chosen));
    if (chosen) {
      chosen.details.open = true;
      chosen.card.scrollIntoView({ behavior });
      chosen.link.scrollIntoView({ behavior: 'instant', block: 'nearest' });
    }
  };

  const step = by => {
    const all = operations.filter(operation => !operation.card.hidden).map(operation => operation.card.querySelector('summary'));
    const at = all.findIndex(summary => summary.parentNode.contains(document.activeElement));
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  };

  document.addEventListener('keydown', event => {
    const typing = event.target.matches('input');
    if (event.ctrlKey || event.metaKey || event.altKey || !api) return;
    if (event.key === '/' && !typing) {
      event.preventDefault();
      $('search').select();
    } else if (event.key === 'Escape' && typing) {
      $('search').value = '';
      search();
    } else if ((event.key === 'j' && !typing) || (event.key === 'ArrowDown' && typing)) {
      event.preventDefault();
      step(1);
    } else if (event.key === 'k' && !typing) {
      step(-1);
    }
  });

  const themeOf = () => document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const setTheme = theme => { document.documentElement.dataset.theme = theme; };
  const kept = { get: () => { try { return localStorage.getItem('xopc-theme'); } catch { return null; } }, set: value => { try { localStorage.setItem('xopc-theme', value); } catch { /* a browser without storage forgets */ } } };

  const load = async () => {
    try {
      const response = await fetch('/openapi.json', { credentials: 'same-origin' });
      if (!response.ok) {
        throw new Error(response.status === 401 ? 'This page needs a fresh ticket. Run xopc open in a shell, which opens it anew.' : `The gateway answered ${response.status}.`);
      }
      api = await response.json();
      show();
    } catch (error) {
      $('notice').className = 'fault';
      $('notice').textContent = error instanceof TypeError ? 'The gateway cannot be reached.' : error.message;
    }
  };

  if (kept.get()) setTheme(kept.get());
  $('theme').addEventListener('click', () => { const next = themeOf() === 'dark' ? 'light' : 'dark'; setTheme(next); kept.set(next); });
  $('search').addEventListener('input', () => { if (api) search(); });
  addEventListener('hashchange', () => { if (api) open('auto'); });
  load();
})();
