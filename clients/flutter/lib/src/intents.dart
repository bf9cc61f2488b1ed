import 'dart:async';
import 'dart:math';

import 'package:cloud_firestore/cloud_firestore.dart';
import 'package:firebase_auth/firebase_auth.dart';

import 'status.dart';

/// Sends what the signed-in user wants.
///
/// An intent is a document under an id made here. Firestore's own queue keeps it on the device until there is a network,
/// also when the app is closed meanwhile, so nothing is awaited and nothing is sent twice: the same id is the same intent.
class Intents {
  Intents({FirebaseFirestore? firestore, FirebaseAuth? auth})
      : _firestore = firestore ?? FirebaseFirestore.instance,
        _auth = auth ?? FirebaseAuth.instance;

  final FirebaseFirestore _firestore;
  final FirebaseAuth _auth;

  /// The user has signed up. Call it once after the first sign-in; again does no harm.
  Sent signupCompleted({String name = ''}) {
    return _send('signup_completed', {'name': name}, id: 'signup');
  }

  /// The user has paid for [plan] at the checkout. The status waits with them for the payment provider.
  Sent paymentAttempted({String plan = ''}) {
    return _send('payment_attempted', {'plan': plan});
  }

  /// The user asks for help.
  Sent supportRequested({required String subject, required String message}) {
    return _send('support_requested', {'subject': subject, 'message': message});
  }

  /// The user answers in the ticket [ticketId].
  Sent supportAnswered({required String ticketId, required String message}) {
    return _send('support_answered', {'ticketId': ticketId, 'message': message});
  }

  /// How the intent [id] stands, from now on. Keep the id to look again after a restart.
  Stream<Status> status(String id) {
    return _user().collection('statuses').doc(id).snapshots().map(Status.of);
  }

  Sent _send(String kind, Map<String, Object> data, {String? id}) {
    final chosen = id ?? newId();
    final written = _user().collection('intents').doc(chosen).set({
      'kind': kind,
      'data': data,
      'email': _auth.currentUser?.email ?? '',
      'createdAt': FieldValue.serverTimestamp(),
    });
    return Sent(chosen, status(chosen), _acknowledged(written));
  }

  /// The server refuses an id that it has already; that it has it is what was wanted.
  Future<bool> _acknowledged(Future<void> written) {
    return written.then((_) => true, onError: (Object error) => false);
  }

  DocumentReference<Map<String, dynamic>> _user() {
    final user = _auth.currentUser;
    if (user == null) {
      throw StateError('Sign the user in first: an intent belongs to somebody.');
    }
    return _firestore.collection('users').doc(user.uid);
  }
}

/// An intent on its way: its [id], its [status], and whether the server took it as new.
///
/// [acknowledged] completes when there was a network; never await it before showing the next frame.
class Sent {
  const Sent(this.id, this.status, this.acknowledged);

  final String id;
  final Stream<Status> status;
  final Future<bool> acknowledged;
}

/// An id that no other device makes: 128 random bits in hexadecimal digits.
String newId([Random? random]) {
  final source = random ?? Random.secure();
  return List.generate(16, (_) => source.nextInt(256).toRadixString(16).padLeft(2, '0')).join();
}
