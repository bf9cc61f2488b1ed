"""What the back end's webhooks get wrong, in TypeScript, JavaScript and Python alike."""
