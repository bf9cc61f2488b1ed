// Made from handlers/words.py by `python -m tools.words`; do not edit.

/// What the user reads while nobody has answered yet; also without a network.
const String sentSentence = 'It is on its way. We will try until there is a network.';

/// Every code that a status or an answer can have, with the sentence for the user.
const Map<String, String> sentences = {
  'signup_pending': 'Your account is being set up.',
  'signup_done': 'Your account is ready.',
  'payment_pending': 'Your payment is being confirmed. This can take a minute.',
  'payment_received': 'Thank you, your payment has arrived.',
  'payment_unconfirmed': 'We have not heard of your payment yet. If you were charged, your plan will follow by itself; you need not pay again.',
  'payment_declined': 'Your card was declined, and nothing was charged. Please try another card.',
  'support_pending': 'Your message is on its way to us.',
  'support_delayed': 'We have received your message. Our answer may take longer than usual.',
  'support_received': 'We have received your message and will answer it.',
  'intent_failed': 'Something went wrong on our side. We know of it and are looking into it.',
  'no_token': 'Please sign in first.',
  'bad_token': 'Please sign in again.',
  'unknown_intent': 'This version of the app is out of date. Please update it.',
  'bad_intent': 'Something in what you entered cannot be accepted. Please check it and try again.',
  'bad_body': 'This could not be read. Please try again.',
  'bad_signature': 'This could not be verified.',
  'bad_event': 'This could not be read.',
  'bad_text': 'This could not be read. Please try again.',
  'no_draft': 'No reply could be drafted.',
  'bad_command': 'Something in what you entered cannot be accepted. Please check it and try again.',
  'unknown_command': 'There is no such command or ticket.',
  'unknown_ticket': 'There is no such ticket.',
  'ticket_state': 'The ticket has moved on meanwhile. Please look at it again.',
  'not_staff': 'Only the team can do this.',
  'not_json': 'This could not be read. Please try again.',
  'too_large': 'This is too long. Please shorten it.',
  'too_slow': 'The connection was too slow. Please try again.',
  'too_many': 'This was not sent: it is more than we take from one person in an hour. Please send it again later.',
  'not_proven': 'This was not sent. Please confirm your e-mail address first, then send it again.',
  'not_through_the_edge': 'This address cannot be used directly.',
  'not_your_door': 'This address cannot be used directly.',
  'disconnected': 'The connection was lost. Please try again.',
  'not_found': 'This version of the app is out of date. Please update it.',
  'wrong_method': 'This version of the app is out of date. Please update it.',
  'unavailable': 'This is not possible at the moment. We will try again.',
  'not_yet': 'This is not possible at the moment. We will try again.',
  'internal': 'Something went wrong on our side. Please try again.',
};

/// The codes that a status can have, with the state that each means.
const Map<String, String> states = {
  'signup_pending': 'pending',
  'signup_done': 'done',
  'payment_pending': 'pending',
  'payment_received': 'done',
  'payment_unconfirmed': 'delayed',
  'payment_declined': 'failed',
  'support_pending': 'pending',
  'support_delayed': 'delayed',
  'support_received': 'done',
  'intent_failed': 'failed',
  'unknown_intent': 'failed',
  'bad_intent': 'failed',
  'too_large': 'failed',
  'too_many': 'failed',
  'not_proven': 'failed',
};
