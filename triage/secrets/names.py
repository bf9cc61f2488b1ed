"""Which names say that a value is a secret."""

from __future__ import annotations

import re

SECRET_NAME = re.compile(
    r"(?i)(secret|private_?key|service_?(account|role)|password|passwd|auth_?token|access_?token|api_?token|bearer"
    r"|webhook|"
    r"(openai|anthropic|claude|gemini|gpt|chatgpt|stripe|sendgrid|mailgun|postmark|resend|brevo|hubspot|zendesk"
    r"|intercom|twilio|groq|mistral|cohere|deepseek|openrouter|replicate|elevenlabs|hugging_?face|huggingface"
    r"|pinecone|airtable|slack|telegram|github)_?\w*_?(key|token|sid)|smtp_?\w*(pass|key))"
)
PUBLIC_NAME = re.compile(
    r"(?i)publi(c|sh\w*)|firebase|google_?maps|sentry|recaptcha|site_?key|client_?id|revenue_?cat|one_?signal|anon"
    r"|web_?api|test_|_test$|debug|e2e|secret_?name"
)


def is_secret_name(name: str) -> bool:
    """Return whether a variable's name says that its value is a secret."""
    return SECRET_NAME.search(name) is not None and PUBLIC_NAME.search(name) is None
