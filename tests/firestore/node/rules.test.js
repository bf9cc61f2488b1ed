// Every allow and every deny of firestore/firestore.rules, by @firebase/rules-unit-testing. The same table in more depth, and
// its comparison with the door, is in tests/firestore/test_firestore_rules.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertFails, assertSucceeds, initializeTestEnvironment } from '@firebase/rules-unit-testing';
import {
  collection, deleteDoc, doc, getDoc, getDocs, query, serverTimestamp, setDoc, Timestamp, updateDoc, where,
} from 'firebase/firestore';

const EMAIL = 'alice@example.com';
const TICKET = 'tkt_0123456789abcdef01234567';
const PEOPLE = {
  alice: ['alice', { email: EMAIL, email_verified: true }],
  unverified: ['alice', { email: EMAIL, email_verified: false }],
  anonymous: ['alice', { firebase: { sign_in_provider: 'anonymous' } }],
  mallory: ['mallory', { email: 'mallory@example.com', email_verified: true }],
  stranger: null,
};
const STORED = {
  'users/alice': { billing: { plan: 'free' } },
  'users/alice/intents/old': { kind: 'signup_completed' },
  'users/alice/statuses/old': { code: 'signup_done' },
  [`tickets/${TICKET}`]: { userId: 'alice' },
  [`tickets/${TICKET}/history/1`]: { to: 'new' },
  'inbox/e': { userId: 'alice' },
  'outbox/e': { userId: 'alice' },
  'customers/c': { userId: 'alice' },
};
const GOOD = {
  signup_completed: { name: 'Ada' },
  payment_attempted: { plan: 'pro' },
  support_requested: { subject: 'Help', message: 'It\nis slow 😀' },
  support_answered: { ticketId: TICKET, message: 'Thanks' },
};

let environment;

before(async () => {
  const rules = readFileSync(new URL('../../../firestore/firestore.rules', import.meta.url), 'utf8');
  environment = await initializeTestEnvironment({ projectId: 'demo-toolkit', firestore: { rules } });
  await environment.clearFirestore();
  await environment.withSecurityRulesDisabled(async (context) => {
    const db = context.firestore();
    await Promise.all(Object.entries(STORED).map(([path, data]) => setDoc(doc(db, path), data)));
  });
});

after(() => environment.cleanup());

const clients = new Map();
function as(name) {
  if (!clients.has(name)) {
    const who = PEOPLE[name];
    const context = who ? environment.authenticatedContext(...who) : environment.unauthenticatedContext();
    clients.set(name, context.firestore());
  }
  return clients.get(name);
}

const intent = (kind, data, more = {}) => ({ kind, data, email: EMAIL, createdAt: serverTimestamp(), ...more });
let count = 0;
const send = (who, data, id = `new-${(count += 1)}`) => setDoc(doc(as(who), `users/alice/intents/${id}`), data);

for (const kind of Object.keys(GOOD)) {
  test(`${kind} can be sent by its user, and by nobody else`, async () => {
    await assertSucceeds(send('alice', intent(kind, GOOD[kind])));
    await assertFails(send('mallory', intent(kind, GOOD[kind], { email: 'mallory@example.com' })));
    await assertFails(send('stranger', intent(kind, GOOD[kind], { email: '' })));
  });

  test(`${kind} takes no field that it does not know`, async () => {
    await assertFails(send('alice', intent(kind, { ...GOOD[kind], more: 1 })));
    await assertFails(send('alice', intent(kind, GOOD[kind], { more: 1 })));
  });
}

test('support asks for a user whose address is verified', async () => {
  for (const kind of ['support_requested', 'support_answered']) {
    await assertFails(send('unverified', intent(kind, GOOD[kind])));
    await assertFails(send('anonymous', intent(kind, GOOD[kind], { email: '' })));
  }
  await assertSucceeds(send('unverified', intent('signup_completed', {})));
  await assertSucceeds(send('anonymous', intent('payment_attempted', {}, { email: '' })));
});

const BAD = {
  'an unknown kind': intent('refund_requested', {}),
  'a plan that is too long': intent('payment_attempted', { plan: 'x'.repeat(129) }),
  'a name that is no text': intent('signup_completed', { name: 1 }),
  'a name of 900 kB': intent('signup_completed', { name: 'x'.repeat(900_000) }),
  'a subject of two lines': intent('support_requested', { subject: 'a\nb', message: 'x' }),
  'an empty message': intent('support_requested', { subject: 'a', message: ' ' }),
  'a message that is too long': intent('support_requested', { subject: 'a', message: 'x'.repeat(20_001) }),
  'a ticket that cannot be': intent('support_answered', { ticketId: 'tkt_1', message: 'x' }),
  'another address': intent('signup_completed', {}, { email: 'boss@example.com' }),
  'a time of its own': intent('signup_completed', {}, { createdAt: Timestamp.fromMillis(0) }),
  'data that is a list': intent('signup_completed', []),
};
for (const [name, data] of Object.entries(BAD)) {
  test(`an intent with ${name} is denied`, () => assertFails(send('alice', data)));
}

test('an intent is created once, under an id of its form, and never changed', async () => {
  const data = intent('signup_completed', {});
  await assertFails(send('alice', data, 'a b'));
  await assertFails(send('alice', data, 'x'.repeat(65)));
  await assertFails(send('alice', data, 'old'));
  await assertFails(updateDoc(doc(as('alice'), 'users/alice/intents/old'), { kind: 'x' }));
  await assertFails(deleteDoc(doc(as('alice'), 'users/alice/intents/old')));
});

for (const path of ['users/alice', 'users/alice/intents/old', 'users/alice/statuses/old']) {
  test(`${path} is read by its user alone and written by nobody`, async () => {
    assert.ok((await assertSucceeds(getDoc(doc(as('alice'), path)))).exists());
    for (const who of ['mallory', 'stranger']) await assertFails(getDoc(doc(as(who), path)));
    for (const who of ['alice', 'mallory']) await assertFails(setDoc(doc(as(who), path), { billing: { plan: 'pro' } }));
  });
}

test('a ticket and its history are read by its user alone, and a query has to ask for the own ones', async () => {
  const tickets = (who) => collection(as(who), 'tickets');
  assert.equal((await assertSucceeds(getDocs(query(tickets('alice'), where('userId', '==', 'alice'))))).size, 1);
  await assertFails(getDocs(tickets('alice')));
  await assertFails(getDocs(query(tickets('mallory'), where('userId', '==', 'alice'))));
  for (const path of [`tickets/${TICKET}`, `tickets/${TICKET}/history/1`]) {
    await assertSucceeds(getDoc(doc(as('alice'), path)));
    await assertFails(getDoc(doc(as('mallory'), path)));
    await assertFails(updateDoc(doc(as('alice'), path), { userId: 'mallory' }));
  }
});

for (const path of ['inbox/e', 'outbox/e', 'customers/c', 'anything/else']) {
  test(`${path} is closed`, async () => {
    await assertFails(getDoc(doc(as('alice'), path)));
    await assertFails(setDoc(doc(as('alice'), path), { userId: 'alice' }));
  });
}
