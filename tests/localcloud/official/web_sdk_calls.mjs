// The calls of Firebase's web SDK against Firebase Authentication and Firestore: `web_sdk_calls.mjs AUTH FIRESTORE`.
// Both are HOST:PORT. `WORKS` does what Firebase does; `NOT_DONE` is answered 501 or UNIMPLEMENTED with a sentence.
import { initializeApp } from 'firebase/app';
import * as auth from 'firebase/auth';
import * as store from 'firebase/firestore';

const PROJECT = 'acme-rehearsal';
const [AUTH, FIRESTORE] = process.argv.slice(2);
const LONGEST = 60_000; // ms that a call may take on a busy machine
const SENTENCE = /rehearsal's [A-Z]?[\w ]+? (does not|has no|makes no|takes no) .+/;
const PASSWORD = 'correct horse';
const RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid}/{document=**} { allow read, write: if request.auth.uid == uid; }
    match /{path=**}/lines/{line} { allow read: if request.auth != null; }
  }
}`;

await fetch(`http://${FIRESTORE}/emulator/v1/projects/${PROJECT}:securityRules`, {
  method: 'PUT', body: JSON.stringify({ rules: { files: [{ name: 'firestore.rules', content: RULES }] } }),
}).then((answer) => answer.text()).catch((error) => `${error}`);

const app = initializeApp({ projectId: PROJECT, apiKey: 'rehearsal', authDomain: `${PROJECT}.firebaseapp.com` });
const door = auth.initializeAuth(app, { persistence: auth.inMemoryPersistence });
auth.connectAuthEmulator(door, `http://${AUTH}`, { disableWarnings: true });
const db = store.getFirestore(app);
const [host, port] = FIRESTORE.split(':');
store.connectFirestoreEmulator(db, host, Number(port));
store.setLogLevel('silent');

const BEGAN = Date.now();
let count = 0;
const fresh = () => `web-${BEGAN}-${(count += 1)}@acme.test`;

// Authentication

async function made(email = fresh()) {
  return (await auth.createUserWithEmailAndPassword(door, email, PASSWORD)).user;
}

async function codes(email, kind) {
  const url = `http://${AUTH}/emulator/v1/projects/${PROJECT}/oobCodes`;
  const answer = await fetch(url, { headers: { authorization: 'Bearer owner' } });
  const { oobCodes } = await answer.json();
  return oobCodes.filter((each) => each.email === email && each.requestType === kind).at(-1);
}

async function rejects(code, act) {
  try {
    await act();
  } catch (error) {
    if (error.code === code) return true;
    throw error;
  }
  return false;
}

function customToken(uid, claims = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const aud = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';
  const account = 'firebase-auth-emulator@example.com';
  const body = { aud, iss: account, sub: account, iat: now, exp: now + 3600, uid, claims };
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(body)}.`;
}

const AUTHENTICATION = {
  createUserWithEmailAndPassword: async () => (await made()).emailVerified === false,
  'createUserWithEmailAndPassword, of a known address': async () => {
    const email = fresh();
    await made(email);
    return rejects('auth/email-already-in-use', () => made(email));
  },
  signInWithEmailAndPassword: async () => {
    const user = await made();
    return (await auth.signInWithEmailAndPassword(door, user.email, PASSWORD)).user.uid === user.uid;
  },
  'signInWithEmailAndPassword, a wrong password': async () => {
    const { email } = await made();
    return rejects('auth/invalid-credential', () => auth.signInWithEmailAndPassword(door, email, 'wrong horse'));
  },
  signInAnonymously: async () => (await auth.signOut(door), await auth.signInAnonymously(door)).user.isAnonymous,
  signInWithCustomToken: async () => {
    const { user } = await auth.signInWithCustomToken(door, customToken('tokened', { role: 'author' }));
    return (await user.getIdTokenResult()).claims.role === 'author';
  },
  signOut: async () => (await auth.signOut(door), door.currentUser === null),
  'getIdToken, refreshed': async () => (await (await made()).getIdToken(true)).length > 100,
  getIdTokenResult: async () => (await (await made()).getIdTokenResult()).signInProvider === 'password',
  reload: async () => {
    const user = await made();
    await user.reload();
    return user.providerData.map((each) => each.providerId).join() === 'password';
  },
  updateProfile: async () => {
    const user = await made();
    await auth.updateProfile(user, { displayName: 'Ada', photoURL: 'https://acme.test/a.png' });
    await user.reload();
    return user.displayName === 'Ada' && user.photoURL === 'https://acme.test/a.png';
  },
  updatePassword: async () => {
    const user = await made();
    await auth.updatePassword(user, 'battery staple');
    return (await auth.signInWithEmailAndPassword(door, user.email, 'battery staple')).user.uid === user.uid;
  },
  reauthenticateWithCredential: async () => {
    const user = await made();
    const credential = auth.EmailAuthProvider.credential(user.email, PASSWORD);
    return (await auth.reauthenticateWithCredential(user, credential)).user.uid === user.uid;
  },
  'sendPasswordResetEmail, confirmPasswordReset': async () => {
    const user = await made();
    await auth.sendPasswordResetEmail(door, user.email);
    const { oobCode } = await codes(user.email, 'PASSWORD_RESET');
    if ((await auth.verifyPasswordResetCode(door, oobCode)) !== user.email) return false;
    await auth.confirmPasswordReset(door, oobCode, 'battery staple');
    return (await auth.signInWithEmailAndPassword(door, user.email, 'battery staple')).user.uid === user.uid;
  },
  'sendPasswordResetEmail, to nobody': () => auth.sendPasswordResetEmail(door, fresh()),
  'sendEmailVerification, applyActionCode': async () => {
    const user = await made();
    await auth.sendEmailVerification(user);
    const { oobCode } = await codes(user.email, 'VERIFY_EMAIL');
    const told = await auth.checkActionCode(door, oobCode);
    await auth.applyActionCode(door, oobCode);
    await user.reload();
    return user.emailVerified && told.operation === 'VERIFY_EMAIL' && told.data.email === user.email;
  },
  'applyActionCode, a wrong code': () =>
    rejects('auth/invalid-action-code', () => auth.applyActionCode(door, 'no-code')),
  'sendSignInLinkToEmail, signInWithEmailLink': async () => {
    const email = fresh();
    await auth.sendSignInLinkToEmail(door, email, { url: 'https://acme.test/in', handleCodeInApp: true });
    const { oobLink } = await codes(email, 'EMAIL_SIGNIN');
    const { user } = await auth.signInWithEmailLink(door, email, oobLink);
    return auth.isSignInWithEmailLink(door, oobLink) && user.emailVerified;
  },
  'linkWithCredential, an anonymous user': async () => {
    await auth.signOut(door);
    const { user } = await auth.signInAnonymously(door);
    const before = user.uid;
    const email = fresh();
    const linked = await auth.linkWithCredential(user, auth.EmailAuthProvider.credential(email, PASSWORD));
    return linked.user.uid === before && linked.user.email === email && linked.user.isAnonymous === false;
  },
  deleteUser: async () => {
    const { email } = await made();
    await auth.deleteUser(door.currentUser);
    return rejects('auth/invalid-credential', () => auth.signInWithEmailAndPassword(door, email, PASSWORD));
  },
};
const AUTHENTICATION_NOT_DONE = {
  'signInWithCredential, Google': () =>
    auth.signInWithCredential(door, auth.GoogleAuthProvider.credential('{"sub": "1", "email": "g@acme.test"}')),
  fetchSignInMethodsForEmail: () => auth.fetchSignInMethodsForEmail(door, fresh()),
  verifyBeforeUpdateEmail: async () => auth.verifyBeforeUpdateEmail(await made(), fresh()),
  'unlink, a password': async () => auth.unlink(await made(), 'password'),
  validatePassword: () => auth.validatePassword(door, PASSWORD),
  initializeRecaptchaConfig: () => auth.initializeRecaptchaConfig(door),
  revokeAccessToken: async () => (await made(), auth.revokeAccessToken(door, 'token')),
  'multiFactor, TOTP': async () =>
    auth.TotpMultiFactorGenerator.generateSecret(await auth.multiFactor(await made()).getSession()),
};

// Firestore, as a user whom the rules let in below their own document

let place;
const note = () => store.doc(store.collection(place, 'notes'));
async function stored(fields = {}) {
  const reference = note();
  await store.setDoc(reference, { n: 1, tags: ['a'], ...fields });
  return reference;
}
const read = async (reference) => (await store.getDoc(reference)).data();

async function heard(target, change) {
  let calls = 0;
  return new Promise((resolve, reject) => {
    const stop = store.onSnapshot(target, { includeMetadataChanges: true }, (snapshot) => {
      if (snapshot.metadata.fromCache || snapshot.metadata.hasPendingWrites) return;
      calls += 1;
      if (calls === 1) change().catch(reject);
      if (calls === 2) resolve((stop(), true));
    }, reject);
  });
}

async function group(...numbers) {
  const lines = store.collection(await stored(), 'lines');
  await Promise.all(numbers.map((n) => store.setDoc(store.doc(lines, `${n}`), { n })));
  return lines;
}

const FIRESTORE_CALLS = {
  setDoc: async () => {
    place = store.doc(db, 'users', (await made()).uid);
    await store.setDoc(place, { name: 'Ada' });
    return (await read(place)).name === 'Ada';
  },
  'setDoc, merge': async () => {
    const reference = await stored({ deep: { a: 1 } });
    await store.setDoc(reference, { deep: { b: 2 } }, { merge: true });
    return JSON.stringify((await read(reference)).deep) === '{"a":1,"b":2}';
  },
  addDoc: async () => (await read(await store.addDoc(store.collection(place, 'notes'), { n: 3 }))).n === 3,
  'getDoc, of none': async () => !(await store.getDoc(note())).exists(),
  getDocFromServer: async () => (await store.getDocFromServer(await stored())).exists(),
  updateDoc: async () => {
    const reference = await stored({ deep: { a: 1, b: 2 } });
    await store.updateDoc(reference, { 'deep.a': 3, n: store.deleteField() });
    return JSON.stringify((await read(reference)).deep) === '{"a":3,"b":2}';
  },
  'updateDoc, of none': () => rejects('not-found', () => store.updateDoc(note(), { n: 1 })),
  'updateDoc, transforms': async () => {
    const reference = await stored();
    const sums = { n: store.increment(2), tags: store.arrayUnion('b'), at: store.serverTimestamp() };
    await store.updateDoc(reference, sums);
    const found = await read(reference);
    return found.n === 3 && found.tags.join() === 'a,b' && found.at instanceof store.Timestamp;
  },
  deleteDoc: async () => {
    const reference = await stored();
    await store.deleteDoc(reference);
    return !(await store.getDoc(reference)).exists();
  },
  'setDoc, refused by the rules': () =>
    rejects('permission-denied', () => store.setDoc(store.doc(db, 'users/somebody-else'), {})),
  'getDoc, refused by the rules': () =>
    rejects('permission-denied', () => store.getDoc(store.doc(db, 'users/somebody-else'))),
  writeBatch: async () => {
    const batch = store.writeBatch(db);
    const [first, second] = [await stored(), note()];
    await batch.set(second, { n: 5 }).update(first, { n: 6 }).commit();
    return (await read(first)).n === 6 && (await read(second)).n === 5;
  },
  runTransaction: async () => {
    const reference = await stored();
    const more = async (transaction) => {
      const { n } = (await transaction.get(reference)).data();
      transaction.update(reference, { n: n + 1 });
      return n;
    };
    return (await store.runTransaction(db, more)) === 1 && (await read(reference)).n === 2;
  },
  'getDocs, where, orderBy, limit': async () => {
    const lines = await group(1, 2, 3, 4);
    const asked = store.query(lines, store.where('n', '>', 1), store.orderBy('n', 'desc'), store.limit(2));
    return (await store.getDocs(asked)).docs.map((each) => each.data().n).join() === '4,3';
  },
  'getDocs, or, in': async () => {
    const lines = await group(1, 2, 3, 4);
    const asked = store.query(lines, store.or(store.where('n', '==', 1), store.where('n', 'in', [3, 4])));
    return (await store.getDocs(asked)).size === 3;
  },
  'getDocs, a cursor': async () => {
    const lines = await group(1, 2, 3);
    const [first] = (await store.getDocs(store.query(lines, store.orderBy('n')))).docs;
    return (await store.getDocs(store.query(lines, store.orderBy('n'), store.startAfter(first)))).size === 2;
  },
  collectionGroup: async () => {
    await group(9);
    const lines = store.query(store.collectionGroup(db, 'lines'));
    return (await store.getDocs(lines)).docs.some((each) => each.data().n === 9);
  },
  getCountFromServer: async () => (await store.getCountFromServer(await group(1, 2))).data().count === 2,
  getAggregateFromServer: async () => {
    const wanted = { sum: store.sum('n'), mean: store.average('n') };
    const answer = await store.getAggregateFromServer(store.query(await group(1, 2, 3)), wanted);
    return answer.data().sum === 6 && answer.data().mean === 2;
  },
  'onSnapshot, a document': async () => {
    const reference = await stored();
    return heard(reference, () => store.updateDoc(reference, { n: 2 }));
  },
  'onSnapshot, a query': async () => {
    const lines = await group(1);
    return heard(store.query(lines, store.where('n', '<', 9)), () => store.setDoc(store.doc(lines, '5'), { n: 5 }));
  },
  waitForPendingWrites: async () => {
    const writing = store.setDoc(note(), { n: 1 });
    await store.waitForPendingWrites(db);
    await writing;
  },
  'disableNetwork, enableNetwork': async () => {
    await store.disableNetwork(db);
    const reference = note();
    const writing = store.setDoc(reference, { n: 4 });
    await store.enableNetwork(db);
    await writing;
    return (await read(reference)).n === 4;
  },
};

const WORKS = { ...AUTHENTICATION, ...FIRESTORE_CALLS };
const NOT_DONE = AUTHENTICATION_NOT_DONE;

async function outcome(act) {
  const hangs = new Promise((resolve) => { setTimeout(resolve, LONGEST, 'hangs').unref(); });
  const played = (async () => ((await act()) === false ? 'answered wrongly' : 'works'))().catch((error) => {
    const said = `${error.message} ${JSON.stringify(error.customData ?? {})}`;
    return SENTENCE.test(said) ? 'not done' : `${error.code}: ${said.slice(0, 300)}`;
  });
  return Promise.race([played, hangs]);
}

const outcomes = {};
for (const [name, act] of Object.entries({ ...WORKS, ...NOT_DONE })) outcomes[name] = await outcome(act);
const expected = { works: Object.keys(WORKS), 'not done': Object.keys(NOT_DONE) };
process.stdout.write(JSON.stringify({ expected, outcomes }), () => process.exit(0));
