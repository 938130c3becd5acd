package saml

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/daypass/daypass/internal/aws"
)

const (
	invalid       = "InvalidIdentityToken: Your request included an invalid SAML response."
	badSignature  = "InvalidIdentityToken: Response signature invalid"
	badIssuer     = "InvalidIdentityToken: Issuer not present in specified provider"
	badAudience   = "InvalidIdentityToken: Response does not contain the required audience."
	badBase64     = "InvalidIdentityToken: Invalid base64 SAMLResponse"
	expired       = "ExpiredTokenException: Response has expired"
	tooOld        = "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance"
	notAuthorized = "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML"
)

// wantRefusal wants an error that the client reads as it should, and whose cause has these words for the operator.
func wantRefusal(t *testing.T, got *Assertion, err error, text, cause string) {
	t.Helper()
	e, ok := errors.AsType[*aws.Error](err)
	if !ok || got != nil {
		t.Fatalf("%+v, %v; want %s", got, err, text)
	}
	if client := string(e.Code) + ": " + e.Message; client != text {
		t.Errorf("%s (%v); want %s", client, e.Unwrap(), text)
	}
	if cause != "" && (e.Unwrap() == nil || !strings.Contains(e.Unwrap().Error(), cause)) {
		t.Errorf("the cause is %v; want %s", e.Unwrap(), cause)
	}
}

// TestVerifyRefuses has responses that are signed as they are, and must be refused for what they say.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	const (
		audience     = "<saml:Audience>urn:amazon:webservices</saml:Audience>"
		nameID       = `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">admin@example.com</saml:NameID>`
		confirmation = `<saml:SubjectConfirmationData NotOnOrAfter="2026-01-02T03:08:05Z" Recipient="https://signin.aws.amazon.com/saml" InResponseTo="_q1"/>`
		statement    = `<saml:AuthnStatement AuthnInstant="` + issuedAt + `" SessionNotOnOrAfter="2026-01-02T11:04:05Z"/>`
		session      = `RoleSessionName"><saml:AttributeValue>admin</saml:AttributeValue>`
		second       = `<saml:Assertion ID="_a2" Version="2.0"/>`
	)
	attr := func(name, values string) []string {
		return []string{"</saml:AttributeStatement>", `<saml:Attribute Name="` + attributes + name + `">` + values + "</saml:Attribute></saml:AttributeStatement>"}
	}
	tests := map[string]struct {
		pairs       []string // what is changed
		text, cause string
	}{
		"status": {[]string{"status:Success", "status:Responder"}, "IDPRejectedClaim: The identity provider (IdP) reported that authentication failed.", "status:Responder"},
		"no status": {
			[]string{`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`, ""}, invalid, "0 elements Status",
		},
		"issuer":                  {[]string{"idp.example.com", "evil.example.com"}, badIssuer, "evil"},
		"issuer of the assertion": {[]string{"<saml:Issuer>https://idp", "<saml:Issuer>https://evil"}, badIssuer, "evil"},
		"issuer of the response":  {[]string{`assertion">https://idp`, `assertion">https://evil`}, badIssuer, "evil"},
		"version":                 {[]string{`"_r1" Version="2.0"`, `"_r1" Version="1.1"`}, invalid, "version"},
		"version of assertion":    {[]string{`"_a1" Version="2.0"`, `"_a1" Version="1.1"`}, invalid, "version"},
		"another root":            {[]string{"samlp:Response", "samlp:LogoutResponse"}, invalid, "no SAML 2.0 response"},
		"older protocol":          {[]string{"SAML:2.0:protocol", "SAML:1.0:protocol"}, invalid, "no SAML 2.0 response"},
		"destination":             {[]string{`Destination="https://signin`, `Destination="https://other`}, badAudience, "destination"},
		"recipient":               {[]string{`Recipient="https://signin`, `Recipient="https://other`}, badAudience, "recipient"},
		"no recipient":            {[]string{`Recipient="https://signin.aws.amazon.com/saml"`, ""}, badAudience, "recipient"},
		"audience":                {[]string{audience, ""}, badAudience, "audience"},
		"empty restriction":       {[]string{audience, "", "<saml:Audience>urn:other</saml:Audience>", ""}, badAudience, "audience"},
		"a second restriction": {
			[]string{"</saml:Conditions>", "<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction></saml:Conditions>"}, badAudience, "audience",
		},
		"audience of another space": {[]string{audience, `<Audience xmlns="urn:other">urn:amazon:webservices</Audience>`}, badAudience, "audience"},
		"no conditions":             {[]string{"saml:Conditions", "saml:Advice"}, badAudience, "no Conditions"},
		"an unknown condition":      {[]string{"</saml:Conditions>", "<saml:Condition/></saml:Conditions>"}, invalid, "not known"},
		"no confirmation":           {[]string{"saml:SubjectConfirmation ", "saml:Other ", "</saml:SubjectConfirmation>", "</saml:Other>"}, invalid, "0 elements SubjectConfirmation"},
		"two confirmations": {
			[]string{"</saml:Subject>", `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` + confirmation + `</saml:SubjectConfirmation></saml:Subject>`},
			invalid, "2 elements SubjectConfirmation",
		},
		"holder of key":       {[]string{"cm:bearer", "cm:holder-of-key"}, invalid, "holder-of-key"},
		"no data":             {[]string{confirmation, ""}, invalid, "0 elements SubjectConfirmationData"},
		"no end":              {[]string{`NotOnOrAfter="2026-01-02T03:08:05Z"`, ""}, invalid, "NotOnOrAfter"},
		"a begin":             {[]string{"<saml:SubjectConfirmationData", `<saml:SubjectConfirmationData NotBefore="2026-01-02T03:00:05Z"`}, invalid, "NotBefore"},
		"no time":             {[]string{"2026-01-02T03:08:05Z", "tomorrow"}, invalid, "no time"},
		"confirmation is old": {[]string{"2026-01-02T03:08:05Z", "2026-01-02T03:04:05.678Z"}, expired, "2026-01-02 03:04:05.678"},
		"conditions are old":  {[]string{"2026-01-02T04:04:05Z", "2026-01-02T03:04:05Z"}, expired, ""},
		"session is old":      {[]string{"2026-01-02T11:04:05Z", "2026-01-02T03:04:05Z"}, expired, "session"},
		"not yet":             {[]string{"2026-01-02T03:04:00Z", "2026-01-02T03:05:06Z"}, invalid, "good from"},
		"issued in time":      {[]string{`"_a1" Version="2.0" IssueInstant="` + issuedAt, `"_a1" Version="2.0" IssueInstant="2026-01-02T02:59:05.678Z`}, tooOld, ""},
		"issued in future":    {[]string{`"_a1" Version="2.0" IssueInstant="` + issuedAt, `"_a1" Version="2.0" IssueInstant="2026-01-02T03:05:06Z`}, invalid, "IssueInstant"},
		"never issued":        {[]string{`"_a1" Version="2.0" IssueInstant="` + issuedAt + `"`, `"_a1" Version="2.0"`}, invalid, "IssueInstant"},
		"no statement":        {[]string{statement, ""}, invalid, "AuthnStatement"},

		"no NameID":          {[]string{nameID, ""}, notAuthorized, "NameID"},
		"two NameIDs":        {[]string{nameID, nameID + nameID}, notAuthorized, "NameID"},
		"an empty NameID":    {[]string{">admin@example.com<", "><"}, notAuthorized, "empty"},
		"space around":       {[]string{">admin@example.com<", "> admin@example.com<"}, invalid, "white space"},
		"no subject":         {[]string{"saml:Subject>", "saml:Advice>"}, notAuthorized, "Subject"},
		"a comment":          {[]string{"admin@example.com", "admin<!-- -->@evil.example.com"}, invalid, "comment"},
		"comment in a value": {[]string{session, `RoleSessionName"><saml:AttributeValue>adm<!-- -->in</saml:AttributeValue>`}, invalid, "comment"},
		"a comment anywhere": {[]string{"<saml:Conditions", "<!-- --><saml:Conditions"}, invalid, "comment"},
		"CDATA":              {[]string{"admin@example.com", "<![CDATA[admin]]>@example.com"}, invalid, "CDATA"},
		"a reference":        {[]string{"admin@example.com", "admin&#64;example.com"}, invalid, "character reference"},
		"an element within":  {[]string{"admin@example.com", "admin<x/>@example.com"}, invalid, "more than text"},
		"an instruction":     {[]string{"admin@example.com", "admin<?x?>@example.com"}, invalid, "processing instruction"},

		"another assertion":    {[]string{"</samlp:Response>", second + "</samlp:Response>", "<samlp:Response", `<samlp:Response xmlns:saml="` + assertionSpace + `"`}, invalid, "more than one Assertion"},
		"one within":           {[]string{"</saml:Subject>", "</saml:Subject><saml:Advice>" + second + "</saml:Advice>"}, invalid, "does not belong"},
		"one of another space": {[]string{"</saml:Subject>", `</saml:Subject><Assertion xmlns="urn:other"/>`}, invalid, "does not belong"},
		"one in Extensions": {
			[]string{"<samlp:Status>", `<samlp:Extensions><Assertion xmlns="` + assertionSpace + `"/></samlp:Extensions><samlp:Status>`}, invalid, "does not belong",
		},
		"no assertion": {[]string{"saml:Assertion", "saml:Other", "sign", "sign"}, invalid, "0 elements Assertion"},
		"encrypted":    {[]string{"</samlp:Response>", `<EncryptedAssertion xmlns="` + assertionSpace + `"/></samlp:Response>`}, invalid, "encrypted"},
		"an encrypted name": {
			[]string{nameID, `<saml:EncryptedID/>`}, invalid, "encrypted",
		},
		"data of encryption":  {[]string{nameID, `<x:Data xmlns:x="` + encryptionSpace + `"/>`}, invalid, "encrypted"},
		"the same ID twice":   {[]string{"<saml:Subject>", `<saml:Subject ID="_a1">`}, invalid, "the same ID"},
		"in another spelling": {[]string{"<saml:Subject>", `<saml:Subject xml:id="_a1">`}, invalid, "the same ID"},
		"two attributes":      {[]string{`ID="_a1"`, `ID="_a1" saml:ID="_a2"`}, invalid, "two attributes ID"},
		"a prefix ID":         {[]string{`ID="_a1"`, `xmlns:ID="urn:x" ID="_a1"`}, invalid, "two attributes ID"},
		"a prefix twice":      {[]string{`ID="_a1"`, `xmlns:x="urn:x" xmlns:x="urn:y" ID="_a1"`}, invalid, "two attributes x"},
		"a long ID":           {[]string{`_a1`, strings.Repeat("a", 257)}, invalid, "257 characters"},

		"too deep":      {[]string{"<other", strings.Repeat("<a>", 30) + "<other", "</saml:AttributeValue></saml:Attribute>\n    </saml:AttributeStatement>", strings.Repeat("</a>", 30) + "</saml:AttributeValue></saml:Attribute>\n    </saml:AttributeStatement>"}, invalid, "deeper"},
		"many elements": {[]string{"<other", strings.Repeat("<a/>", 900) + "<other"}, invalid, "more than 900 elements"},
		"many prefixes": {[]string{"<other", `<b xmlns:x1="u" xmlns:x2="u" xmlns:x3="u" xmlns:x4="u" xmlns:x5="u" xmlns:x6="u" xmlns:x7="u" xmlns:x8="u" xmlns:x9="u" xmlns:x10="u" xmlns:x11="u" xmlns:x12="u" xmlns:x13="u" xmlns:x14="u" xmlns:x15="u" xmlns:x16="u" xmlns:x17="u" xmlns:x18="u" xmlns:x19="u" xmlns:x20="u" xmlns:x21="u" xmlns:x22="u" xmlns:x23="u" xmlns:x24="u" xmlns:x25="u" xmlns:x26="u" xmlns:x27="u"/><other`}, invalid, "prefixes"},

		"no session name":     {[]string{"/RoleSessionName", "Other"}, "InvalidIdentityToken: RoleSessionName is required in AuthnResponse", ""},
		"a bad session name":  {[]string{session, `RoleSessionName"><saml:AttributeValue>a b</saml:AttributeValue>`}, "InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", ""},
		"a line end":          {[]string{session, "RoleSessionName\"><saml:AttributeValue>admin\n</saml:AttributeValue>"}, "InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", ""},
		"two session names":   {[]string{session, session + "<saml:AttributeValue>x</saml:AttributeValue>"}, invalid, "2 values"},
		"two attributes more": {attr("SessionDuration", "<saml:AttributeValue>900</saml:AttributeValue>"), invalid, "there twice"},
		"source identity":     {[]string{">Ada<", ">aws:Ada<"}, `InvalidIdentityToken: Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`, ""},
		"no source identity":  {[]string{">Ada<", "><"}, invalid, "empty"},
		"a short duration":    {[]string{">1800<", ">899<"}, invalid, "SessionDuration"},
		"a long duration":     {[]string{">1800<", ">43201<"}, invalid, "SessionDuration"},
		"no duration":         {[]string{">1800<", ">an hour<"}, invalid, "SessionDuration"},
		"two tag values":      {attr("PrincipalTag:X", "<saml:AttributeValue>1</saml:AttributeValue><saml:AttributeValue>2</saml:AttributeValue>"), invalid, "2 values"},
		"no tag value":        {attr("PrincipalTag:X", ""), invalid, "0 values"},
		"a misspelt one":      {attr("RoleSessionname", "<saml:AttributeValue>x</saml:AttributeValue>"), invalid, "not known"},
		"one role":            {attr("Role", "<saml:AttributeValue>"+role+"</saml:AttributeValue>"), invalid, "value of Role"},
		"two roles":           {attr("Role", "<saml:AttributeValue>"+role+","+role+"</saml:AttributeValue>"), invalid, "value of Role"},
		"three ARNs":          {attr("Role", "<saml:AttributeValue>"+role+","+samlIDP+","+samlIDP+"</saml:AttributeValue>"), invalid, "value of Role"},
		"an element as value": {[]string{">staff<", "><x/><"}, invalid, "elements"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := change(t, plain, test.pairs...)
			document = signText(t, idp(t), document)
			got, err := Verify(issued(), encode(document), idp(t).metadata(), NewExpect())
			wantRefusal(t, got, err, test.text, test.cause)
		})
	}
}

// signText signs the assertion of a document whose text it leaves as it is, comments and all.
func signText(t *testing.T, p *provider, document string) string {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(document); err != nil {
		t.Fatal(err)
	}
	assertion := d.Root().SelectElement("Assertion")
	if assertion == nil {
		return document
	}
	signature := etree.NewDocument()
	signature.SetRoot(p.signature(t, assertion))
	return strings.Replace(document, "</saml:Assertion>", write(t, signature)+"</saml:Assertion>", 1)
}

func TestVerifyTime(t *testing.T) {
	t.Parallel()
	document := encode(idp(t).sign(t, change(t, plain, "03:08:05Z", "04:04:05Z"), "_a1"))
	tests := map[string]struct {
		after time.Duration
		until time.Time
		text  string
	}{
		"a minute early":       {-time.Minute, time.Time{}, ""},
		"more":                 {-time.Minute - time.Millisecond, time.Time{}, invalid},
		"the last moment":      {5*time.Minute - time.Nanosecond, time.Time{}, ""},
		"five minutes":         {5 * time.Minute, time.Time{}, tooOld},
		"an hour":              {time.Hour, time.Time{}, expired},
		"metadata for now":     {0, issued().Add(time.Nanosecond), ""},
		"metadata has expired": {0, issued(), badSignature},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := idp(t).metadata()
			m.ValidUntil = test.until
			got, err := Verify(issued().Add(test.after), document, m, NewExpect())
			if test.text != "" {
				wantRefusal(t, got, err, test.text, "")
				return
			}
			if err != nil || !got.NotOnOrAfter.Equal(issued().Add(5*time.Minute)) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestVerifyEncoding(t *testing.T) {
	t.Parallel()
	good := encode(idp(t).sign(t, plain, "_a1"))
	for len(good)%4 != 0 || !strings.HasSuffix(good, "=") {
		good = encode(idp(t).sign(t, plain+strings.Repeat("\n", 3-len(plain)%3), "_a1"))
	}
	tests := map[string]struct{ encoded, text string }{
		"lines":      {good[:76] + "\r\n" + good[76:] + "\n", ""},
		"a blank":    {good[:76] + " " + good[76:], badBase64},
		"junk":       {good[:76] + "!" + good[77:], badBase64},
		"for URLs":   {strings.ReplaceAll(good, "P", "_"), badBase64},
		"cut":        {good[:len(good)-1], badBase64},
		"more":       {good + "AAAA", badBase64},
		"not base64": {plain, badBase64},
		"nothing":    {"", invalid},
		"short":      {"PDw=", invalid},
		"long":       {strings.Repeat("A", 100_001), invalid},
		"binary":     {base64.StdEncoding.EncodeToString(make([]byte, 100)), invalid},
		"declared":   {encode(change(t, plain, "UTF-8", "UTF-16")), invalid},
		"entities":   {encode(change(t, plain, "<samlp:Response", `<!DOCTYPE x [<!ENTITY e "admin">]><samlp:Response`, "admin@", "&e;@")), invalid},
		"an entity":  {encode(change(t, plain, "admin@", "&e;@")), invalid},
		"two roots":  {encode(plain + "<x/>"), invalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Verify(issued(), test.encoded, idp(t).metadata(), NewExpect())
			if test.text != "" {
				wantRefusal(t, got, err, test.text, "")
			} else if d := diff(got); err != nil || d != "" {
				t.Errorf("%v (-want +got)\n%s", err, d)
			}
		})
	}
}

func TestNewExpect(t *testing.T) {
	t.Parallel()
	document := encode(idp(t).sign(t, change(t, plain, "https://signin.aws.amazon.com/saml", "https://sts.example.com/saml"), "_r1"))
	got, err := Verify(issued(), document, idp(t).metadata(), NewExpect())
	wantRefusal(t, got, err, badAudience, "destination")
	got, err = Verify(issued(), document, idp(t).metadata(), NewExpect("https://sts.example.com/saml"))
	if err != nil || got.Recipient != "https://sts.example.com/saml" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	c := want().Context("123456789012", "Example")
	for key, value := range map[string]string{
		"saml:aud": "https://signin.aws.amazon.com/saml", "saml:iss": "https://idp.example.com/", "saml:sub": "admin@example.com",
		"saml:sub_type": "persistent", "saml:doc": "123456789012/Example", "saml:edupersonaffiliation": "staff member",
		"saml:namequalifier": "uqjFPmxkHZjg4m9LRJ0JMovKDX8=", // printf https://idp.example.com/123456789012/Example | openssl sha1 -binary | base64
	} {
		if got := strings.Join(c[key], " "); got != value {
			t.Errorf("%s is %s, want %s", key, got, value)
		}
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	claims := want().Claims
	if !claims.May(role, samlIDP) || claims.May(samlIDP, role) || claims.May(role, samlIDP+"x") || claims.May("", "") {
		t.Errorf("%+v lets others pass, or not those", claims)
	}
}

func TestSubjectType(t *testing.T) {
	t.Parallel()
	const persistent = `Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"`
	for format, want := range map[string]string{
		`Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"`:    "transient",
		`Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"`: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
		"": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
	} {
		got, err := Verify(issued(), encode(idp(t).sign(t, change(t, plain, persistent, format), "_a1")), idp(t).metadata(), NewExpect())
		if err != nil || got.SubjectType != want {
			t.Errorf("%s: %+v, %v", format, got, err)
		}
	}
}

// TestVerifySignatures has what is wrong with a signature, and not with what it is on.
func TestVerifySignatures(t *testing.T) {
	t.Parallel()
	p := idp(t)
	good := p.sign(t, plain, "_a1")
	begin, end := strings.Index(good, "<ds:Signature "), strings.Index(good, "</ds:Signature>")+len("</ds:Signature>")
	other := stranger(t)
	foreign := other.sign(t, plain, "_a1")
	rsaSigner, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	sha1 := newProvider(t, rsaSigner, dsig.RSASHA1SignatureMethod)
	const transform = `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`
	tests := map[string]struct{ document, text, cause string }{
		"none":          {plain, badSignature, "neither"},
		"taken away":    {good[:begin] + good[end:], badSignature, "neither"},
		"of a stranger": {foreign, badSignature, ""},
		"stranger, our certificate": {
			change(t, foreign, base64.StdEncoding.EncodeToString(other.certificate.Raw), base64.StdEncoding.EncodeToString(p.certificate.Raw)), badSignature, "",
		},
		"one good, one bad":     {stranger(t).sign(t, good, "_r1"), badSignature, "of the response"},
		"one bad, one good":     {p.sign(t, foreign, "_r1"), badSignature, "of the assertion"},
		"with SHA-1":            {sha1.sign(t, plain, "_a1"), badSignature, "SignatureMethod"},
		"with a shared secret":  {change(t, good, dsig.ECDSASHA256SignatureMethod, "http://www.w3.org/2000/09/xmldsig#hmac-sha256"), badSignature, "SignatureMethod"},
		"digest of SHA-1":       {change(t, good, "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"), badSignature, "DigestMethod"},
		"another method":        {change(t, good, dsig.ECDSASHA256SignatureMethod, dsig.RSASHA256SignatureMethod), badSignature, ""},
		"empty reference":       {change(t, good, `URI="#_a1"`, `URI=""`), badSignature, `about ""`},
		"no reference":          {change(t, good, `URI="#_a1"`, ``), badSignature, `about ""`},
		"reference elsewhere":   {change(t, good, `URI="#_a1"`, `URI="#_r1"`), badSignature, `about "#_r1"`},
		"reference by path":     {change(t, good, `URI="#_a1"`, `URI="#xpointer(id('_a1'))"`), badSignature, `about "#xpointer`},
		"without #":             {change(t, good, `URI="#_a1"`, `URI="__a1"`), badSignature, `about "__a1"`},
		"two references":        {change(t, good, "</ds:Reference>", `</ds:Reference><ds:Reference URI="#_r1"/>`), badSignature, "SignedInfo"},
		"XSLT":                  {change(t, good, transform, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>`), badSignature, "Transform"},
		"XPath":                 {change(t, good, transform, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>`), badSignature, "Transform"},
		"a third transform":     {change(t, good, transform, transform+transform), badSignature, "Transforms"},
		"no canonical form":     {change(t, good, transform, ""), badSignature, "Transforms"},
		"inclusive":             {change(t, good, transform, `<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>`), badSignature, "Transform"},
		"with comments":         {change(t, good, transform, `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"/>`), badSignature, "Transform"},
		"canonical info":        {change(t, good, `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"`, `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"`), badSignature, "CanonicalizationMethod"},
		"two values":            {change(t, good, "<ds:SignatureValue>", "<ds:SignatureValue/><ds:SignatureValue>"), badSignature, "Signature"},
		"an object":             {change(t, good, "</ds:Signature>", "<ds:Object/></ds:Signature>"), badSignature, "Signature"},
		"no value":              {change(t, good, good[strings.Index(good, "<ds:SignatureValue>"):strings.Index(good, "<ds:KeyInfo>")], "<ds:SignatureValue/>"), badSignature, ""},
		"output length":         {change(t, good, dsig.ECDSASHA256SignatureMethod+`"/>`, dsig.ECDSASHA256SignatureMethod+`"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>`), badSignature, "parameters"},
		"parameters":            {change(t, good, transform, transform[:len(transform)-2]+"><x/></ds:Transform>"), badSignature, "parameters"},
		"prefixes not signed":   {change(t, good, transform, transform[:len(transform)-2]+`><i:InclusiveNamespaces xmlns:i="`+exclusive+`" PrefixList="xs"/></ds:Transform>`), badSignature, ""},
		"another subject":       {change(t, good, "admin@example.com", "root@example.com"), badSignature, ""},
		"another role":          {change(t, good, "role/Reader", "role/Owner"), badSignature, ""},
		"in another name space": {change(t, good, `xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, `xmlns:ds="urn:other"`), invalid, "does not belong"},
		"an unknown prefix":     {change(t, good, "<saml:Subject>", "<x:Subject>", "</saml:Subject>", "</x:Subject>"), badSignature, ""},
		"twice":                 {good[:end] + good[begin:end] + good[end:], invalid, "more than one"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Verify(issued(), encode(test.document), p.metadata(), NewExpect())
			wantRefusal(t, got, err, test.text, test.cause)
		})
	}
}

// TestVerifyIgnoresKeyInfo: what a signature says of its key has no say, for good or ill.
func TestVerifyIgnoresKeyInfo(t *testing.T) {
	t.Parallel()
	good := idp(t).sign(t, plain, "_a1")
	info := good[strings.Index(good, "<ds:KeyInfo>"):strings.Index(good, "</ds:Signature>")]
	for _, other := range []string{"", "<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo>", "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
		base64.StdEncoding.EncodeToString(stranger(t).certificate.Raw) + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"} {
		got, err := Verify(issued(), encode(change(t, good, info, other)), idp(t).metadata(), NewExpect())
		if err != nil {
			t.Fatal(err)
		}
		if d := diff(got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}

func parse(t testing.TB, document string) *etree.Document {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(document); err != nil {
		t.Fatal(err)
	}
	return d
}

// wrapped are the eight forms of signature wrapping that the literature numbers. Each has a signed element with its good
// signature somewhere, and an evil one where a careless reader looks.
func wrapped(t *testing.T) map[string]*etree.Document {
	t.Helper()
	build := func(id string, wrap func(response, original, evil, signature *etree.Element)) *etree.Document {
		d := parse(t, idp(t).sign(t, plain, id))
		original := d.FindElement("//[@ID='" + id + "']")
		evil := original.Copy()
		evil.FindElement(".//NameID").SetText("root@evil.example.com")
		signature := original.SelectElement("Signature")
		evil.RemoveChild(evil.SelectElement("Signature"))
		wrap(d.Root(), original, evil, signature)
		return d
	}
	object := func(signature *etree.Element, in ...*etree.Element) {
		o := signature.CreateElement("ds:Object")
		for _, e := range in {
			o.AddChild(e)
		}
	}
	renamed := func(e *etree.Element) *etree.Element { e.CreateAttr("ID", "_evil"); return e }
	docs := map[string]*etree.Document{}
	docs["XSW1"] = build("_r1", func(response, _, evil, signature *etree.Element) {
		original := response.Copy()
		original.RemoveChild(original.SelectElement("Signature"))
		replace(response, renamed(evil))
		response.InsertChildAt(1, signature)
		object(signature, original)
	})
	docs["XSW2"] = build("_r1", func(response, _, evil, signature *etree.Element) {
		original := response.Copy()
		original.RemoveChild(original.SelectElement("Signature"))
		replace(response, renamed(evil))
		response.InsertChildAt(0, original)
		response.InsertChildAt(0, signature)
	})
	docs["XSW3"] = build("_a1", func(response, original, evil, _ *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
	})
	docs["XSW4"] = build("_a1", func(response, original, evil, _ *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
		evil.AddChild(original)
	})
	docs["XSW5"] = build("_a1", func(response, original, evil, signature *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
		evil.InsertChildAt(1, signature)
		response.AddChild(original)
	})
	docs["XSW6"] = build("_a1", func(response, original, evil, signature *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
		evil.InsertChildAt(1, signature)
		object(signature, original)
	})
	docs["XSW7"] = build("_a1", func(response, _, evil, _ *etree.Element) {
		response.InsertChildAt(0, etree.NewElement("samlp:Extensions"))
		response.ChildElements()[0].AddChild(evil)
	})
	docs["XSW8"] = build("_a1", func(response, original, evil, signature *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
		evil.InsertChildAt(1, signature)
		bare := original.Copy()
		response.RemoveChild(original)
		object(signature, bare)
	})
	// The same with the original hidden under names that no reader looks for.
	docs["same ID"] = build("_a1", func(response, original, evil, _ *etree.Element) {
		response.InsertChildAt(original.Index(), evil)
	})
	docs["signature beside"] = build("_a1", func(response, original, evil, signature *etree.Element) {
		response.InsertChildAt(original.Index(), evil)
		response.InsertChildAt(0, signature)
		response.RemoveChild(original)
	})
	docs["original in KeyInfo"] = build("_a1", func(response, original, evil, signature *etree.Element) {
		response.InsertChildAt(original.Index(), renamed(evil))
		evil.InsertChildAt(1, signature)
		signature.SelectElement("KeyInfo").AddChild(original)
	})
	return docs
}

// replace makes an element what another is.
func replace(e, by *etree.Element) {
	e.Attr, e.Child = by.Attr, nil
	for _, token := range slices.Clone(by.Child) {
		e.AddChild(token)
	}
}

func TestVerifySignatureWrapping(t *testing.T) {
	t.Parallel()
	for name, document := range wrapped(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := write(t, document)
			if !strings.Contains(text, "root@evil.example.com") || !strings.Contains(text, "SignatureValue") {
				t.Fatalf("no attack: %s", text)
			}
			got, err := Verify(issued(), encode(text), idp(t).metadata(), NewExpect())
			if err == nil || got != nil {
				t.Errorf("accepted as %+v", got)
			}
			// Nor does it depend on the look at the structure that comes first.
			verified, err := verifyAssertion(parse(t, text).Root(), idp(t).metadata().Certificates)
			if err == nil && strings.Contains(verified.FindElement(".//NameID").Text(), "evil") {
				t.Error("the evil assertion was taken for the signed one")
			}
		})
	}
}

// TestVerifyMutations flips a bit in each byte of a signed response: it is refused, or says what it said.
func TestVerifyMutations(t *testing.T) {
	t.Parallel()
	document := []byte(idp(t).sign(t, plain, "_a1"))
	m, accepted := idp(t).metadata(), 0
	for i := range document {
		flip := byte(1) << (i % 7)
		document[i] ^= flip
		got, err := Verify(issued(), base64.StdEncoding.EncodeToString(document), m, NewExpect())
		document[i] ^= flip
		if err != nil {
			continue
		}
		accepted++
		if d := diff(got); d != "" {
			t.Errorf("byte %d: (-want +got)\n%s", i, d)
		}
	}
	if accepted == 0 {
		t.Error("white space between elements of the response can be changed, and nothing was accepted")
	}
}

// FuzzVerifyResponse: what is accepted says what was signed.
func FuzzVerifyResponse(f *testing.F) {
	p := idp(f)
	for _, id := range []string{"_r1", "_a1"} {
		f.Add([]byte(p.sign(f, plain, id)))
	}
	f.Add([]byte(p.sign(f, p.sign(f, plain, "_a1"), "_r1")))
	f.Add([]byte(stranger(f).sign(f, plain, "_a1")))
	f.Add([]byte(plain))
	m := p.metadata()
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := Verify(issued(), base64.StdEncoding.EncodeToString(document), m, NewExpect())
		if err != nil {
			if _, ok := errors.AsType[*aws.Error](err); !ok || got != nil {
				t.Errorf("%+v, %v", got, err)
			}
			return
		}
		if d := diff(got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}
