"""What a web page says, parsed: headers, cookies, policies, security.txt, links and redirects. Pure."""
