"""Names that domains usually have: hosts, mail, what providers have people publish to prove a domain."""

from __future__ import annotations

from collections.abc import Iterator

HOSTS = """
* www www2 m app api admin auth login sso account accounts my portal dashboard console static assets cdn img images
media files download downloads upload uploads s3 blog news shop store pay payments checkout billing docs doc wiki help
support kb faq status stats analytics metrics grafana monitor dev develop staging stage test testing qa uat demo beta
alpha sandbox preview prod live legacy old new web site home intranet internal office vpn remote gateway proxy git
gitlab jenkins ci build registry db mysql postgres redis search chat forum community events event jobs careers about
go link links l click track tracking t email em e mg mailgun mandrill send sendgrid bounce bounces pm pm-bounces
return rp newsletter lists list marketing crm ads get join learn academy video meet calendar cal drive sites groups
cloud nextcloud host server server1 ns ns1 ns2 dns ftp sftp ssh cpanel whm webdisk webmail mail mail1 mail2 mx mx1 mx2
smtp relay imap pop pop3 exchange owa autodiscover autoconfig mta-sts lyncdiscover sip msoid enterpriseregistration
enterpriseenrollment phone voip pbx iot mobile game games play partners partner reseller affiliate en de fr es ios
android
"""
SELECTORS = """
default dkim mail email google selector1 selector2 s1 s2 k1 k2 k3 sig1 fm1 fm2 fm3 protonmail protonmail2 protonmail3
zoho zmail zendesk1 zendesk2 mandrill mailjet mxvault pm resend smtp mg mx pic krs sm brevo1 brevo2 mte1 mte2 ctct1
ctct2 hs1 hs2 firebase1 firebase2 everlytickey1 everlytickey2 cm dk scph0316 turbo-smtp key1 key2
"""
UNDERSCORED = """
_dmarc _mta-sts _smtp._tls default._bimi _domainkey _acme-challenge _acme-challenge.www _amazonses _github-challenge
_gitlab-pages-verification-code _vercel _netlify _atproto _psl _dnslink _discord _keybase _stripe-verification
_cf-custom-hostname _dnsauth _domainconnect _adsp._domainkey _report._dmarc _spf _kerberos _did
"""
SERVICES = """
_sip._tls _sip._tcp _sip._udp _sips._tcp _sipfederationtls._tcp _autodiscover._tcp _imap._tcp _imaps._tcp _pop3._tcp
_pop3s._tcp _submission._tcp _submissions._tcp _smtp._tcp _caldav._tcp _caldavs._tcp _carddav._tcp _carddavs._tcp
_xmpp-client._tcp _xmpp-server._tcp _matrix._tcp _matrix-fed._tcp _minecraft._tcp _ldap._tcp _kerberos._udp _stun._udp
_turn._udp _http._tcp _https._tcp _jmap._tcp _25._tcp.mail _443._tcp _443._tcp.www
"""


def usual_names() -> Iterator[str]:
    """Yield the names below the domain that are asked for."""
    yield from HOSTS.split()
    yield from (f"{selector}._domainkey" for selector in SELECTORS.split())
    yield from UNDERSCORED.split()
    yield from SERVICES.split()
