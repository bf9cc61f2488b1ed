"""The vendors that a back end should talk to and an app should not: their API hosts and their client packages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from triage.model import Hit, Sure

# host (or the end of one, when it starts with a dot or a hyphen) → (vendor, check)
HOSTS: Mapping[str, tuple[str, str]] = {
    host: (vendor, f"client.{kind}.direct")
    for kind, vendors in {
        "payment": {
            "Stripe": "api.stripe.com",
            "PayPal": "api.paypal.com api-m.paypal.com api.sandbox.paypal.com api-m.sandbox.paypal.com",
            "Razorpay": "api.razorpay.com",
            "Paystack": "api.paystack.co",
            "Flutterwave": "api.flutterwave.com ravesandboxapi.flutterwave.com",
            "Square": "connect.squareup.com connect.squareupsandbox.com",
            "Mollie": "api.mollie.com",
            "Paddle": "api.paddle.com vendors.paddle.com",
            "Lemon Squeezy": "api.lemonsqueezy.com",
            "Mercado Pago": "api.mercadopago.com",
            "Midtrans": "api.midtrans.com app.midtrans.com api.sandbox.midtrans.com app.sandbox.midtrans.com",
            "Xendit": "api.xendit.co",
            "Paymob": "accept.paymob.com accept.paymobsolutions.com",
            "Braintree": "api.braintreegateway.com",
            "Adyen": ".adyen.com",
            "Tap": "api.tap.company",
            "Cashfree": "api.cashfree.com sandbox.cashfree.com",
            "Safaricom M-Pesa": "api.safaricom.co.ke sandbox.safaricom.co.ke",
            "Chargebee": ".chargebee.com",
            "MyFatoorah": "api.myfatoorah.com apitest.myfatoorah.com",
        },
        "crm": {
            "HubSpot": "api.hubapi.com api.hubspot.com",
            "Salesforce": ".my.salesforce.com login.salesforce.com",
            "Pipedrive": "api.pipedrive.com",
            "ActiveCampaign": ".api-us1.com",
            "Airtable": "api.airtable.com",
            "Customer.io": "track.customer.io api.customer.io",
            "Zoho CRM": "www.zohoapis.com",
            "Mailchimp": ".api.mailchimp.com",
            "Klaviyo": "a.klaviyo.com",
            "Attio": "api.attio.com",
            "ConvertKit": "api.convertkit.com api.kit.com",
        },
        "helpdesk": {
            "Zendesk": ".zendesk.com",
            "Intercom": "api.intercom.io",
            "Freshdesk": ".freshdesk.com",
            "Front": "api2.frontapp.com",
            "Help Scout": "api.helpscout.net",
            "Crisp": "api.crisp.chat",
        },
        "mail": {
            "SendGrid": "api.sendgrid.com",
            "Mailgun": "api.mailgun.net api.eu.mailgun.net",
            "Postmark": "api.postmarkapp.com",
            "Resend": "api.resend.com",
            "Brevo": "api.brevo.com api.sendinblue.com",
            "Mailjet": "api.mailjet.com",
            "SparkPost": "api.sparkpost.com",
            "Mandrill": "mandrillapp.com",
            "Amazon SES": ".amazonses.com",
            "EmailJS": "api.emailjs.com",
        },
        "ai": {
            "OpenAI": "api.openai.com",
            "Anthropic": "api.anthropic.com",
            "Gemini": "generativelanguage.googleapis.com",
            "Mistral": "api.mistral.ai",
            "Groq": "api.groq.com",
            "Cohere": "api.cohere.ai api.cohere.com",
            "Hugging Face": "api-inference.huggingface.co router.huggingface.co",
            "DeepSeek": "api.deepseek.com",
            "OpenRouter": "openrouter.ai",
            "Perplexity": "api.perplexity.ai",
            "xAI": "api.x.ai",
            "Replicate": "api.replicate.com",
            "Stability": "api.stability.ai",
            "ElevenLabs": "api.elevenlabs.io",
            "Together": "api.together.xyz",
            "Deepgram": "api.deepgram.com",
            "AssemblyAI": "api.assemblyai.com",
            "Azure OpenAI": ".openai.azure.com",
            "Vertex AI": "-aiplatform.googleapis.com",
        },
        "message": {
            "Twilio": "api.twilio.com",
            "Slack": "hooks.slack.com",
            "Telegram": "api.telegram.org",
            "Vonage": "rest.nexmo.com",
            "Firebase Cloud Messaging": "fcm.googleapis.com",
            "OneSignal": "onesignal.com api.onesignal.com",
            "MessageBird": "rest.messagebird.com",
            "WhatsApp Cloud": "graph.facebook.com",
        },
    }.items()
    for vendor, hosts in vendors.items()
    for host in hosts.split()
}
# package → (vendor, check): packages whose use from an app needs a secret
PACKAGES: Mapping[str, tuple[str, str]] = {
    name: (vendor, f"client.{kind}.direct")
    for kind, vendor, names in (
        ("ai", "OpenAI", "dart_openai chat_gpt_sdk openai_dart openai_client chatgpt_client flutter_openai"),
        ("ai", "Gemini", "google_generative_ai flutter_gemini googleai_dart"),
        ("ai", "Anthropic", "anthropic_sdk_dart claude_dart_flutter"),
        ("ai", "Mistral", "mistralai_dart mistralai_client_dart"),
        ("mail", "SMTP", "mailer"),
        ("mail", "SendGrid", "sendgrid_mailer"),
        ("mail", "Mailgun", "mailgun"),
        ("message", "Twilio", "twilio_flutter twilio_dart"),
        ("payment", "Stripe", "stripe stripe_sdk"),
        ("crm", "HubSpot", "hubspot_api"),
    )
    for name in names.split()
}
_ENDS = tuple(host for host in HOSTS if host.startswith((".", "-")))
_EXACT = HOSTS.keys() - set(_ENDS)
WORDS = tuple(sorted({host.strip(".-").encode() for host in HOSTS}))
URL_HOST = re.compile(r"^(?:https?|wss?|smtps?)://(?:[^/@\s]*@)?([A-Za-z0-9.$\{\}_-]+)")
BARE_HOST = re.compile(r"^([A-Za-z0-9$\{\}_-]+\.)+[a-z]{2,}(?=$|[/:])")


def vendor_host(text: str) -> str:
    """Return the key in HOSTS of the vendor that an address or a host belongs to, and nothing when it is none's."""
    found = URL_HOST.match(text) or BARE_HOST.match(text)
    host = (found[1] if found and found.re is URL_HOST else found[0] if found else "").lower()
    if host in _EXACT:
        return host
    return next((end for end in _ENDS if host.endswith(end)), "")


def direct_hit(host: str, line: int, evidence: str, sure: Sure) -> Hit:
    """Return the finding that the app talks to a vendor's host (a key of HOSTS)."""
    vendor, check = HOSTS[host]
    return Hit(check, line, vendor, f"The app sends requests to {host.strip('.-')} itself.", evidence, sure)
