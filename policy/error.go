package policy

import "fmt"

// AWS's texts for the identity grammar (aws-iam section 8). Resource and control policies use them too.
const (
	textSyntax           = "Syntax errors in policy."
	textVersion          = "Policy document must be version 2012-10-17 or greater."
	textLegacy           = "The policy failed legacy parsing"
	textSidUnique        = "Statement IDs (SID) in a single policy must be unique."
	textSidForm          = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	textNoActions        = "Policy statement must contain actions."
	textNoResources      = "Policy statement must contain resources."
	textHasPrincipal     = "Policy document should not specify a principal."
	textNoVendor         = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	textColons           = "Actions/Condition can contain only one colon."
	textResourceVendor   = "Resource vendor must be fully qualified and cannot contain regexes."
	textControlPolicy    = "The provided policy document does not meet the requirements of the specified policy type."
	textMissingPrincipal = "Missing required field Principal"
	textNotPrincipal     = "Allow with NotPrincipal is not allowed."
	textNobody           = "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!"
)

// AWS's texts for trust policies (aws-iam section 9).
const (
	textTrustJSON            = "This policy contains invalid Json"
	textTrustSyntax          = "Syntax error in policy."
	textTrustVersion         = "The policy must contain a valid version string"
	textTrustStatement       = "Could not parse the policy: Statement is empty!"
	textTrustSid             = "The Statement Ids in the policy are not unique"
	textTrustNoEffect        = "Missing required field Effect"
	textTrustEmptyPrincipal  = "Missing required field Principal cannot be empty!"
	textTrustPrincipalObject = "Principal must be a JSON object."
	textTrustNotPrincipal    = "AssumeRole policy must not contain NotPrincipal field."
	textTrustNoAction        = "Missing required field Action"
	textTrustAction          = "AssumeRole policy may only specify STS AssumeRole actions."
	textTrustResource        = "Has prohibited field Resource"
	textTrustNotResource     = "AssumeRole policy must not contain resources."
	textTrustCognito         = "A condition block must be present for the Cognito provider"
)

// Error says why a document is refused. The code that goes with it on the wire is MalformedPolicyDocument.
type Error struct {
	Message  string   // AWS's text, to the letter
	Detail   string   // what is wrong there, in our words; empty when the message says it
	Position Position // where; the beginning of the document or statement when something is not there; zero when not known
}

// Error is the message, with what is wrong and where.
func (e *Error) Error() string {
	switch {
	case e.Position == Position{} && e.Detail == "":
		return e.Message
	case e.Position == Position{}:
		return fmt.Sprintf("%s (%s)", e.Message, e.Detail)
	case e.Detail == "":
		return fmt.Sprintf("%s (line %d, column %d)", e.Message, e.Position.Line, e.Position.Column)
	}
	return fmt.Sprintf("%s (line %d, column %d: %s)", e.Message, e.Position.Line, e.Position.Column, e.Detail)
}

// fault is an Error whose place is still an offset: lines are counted only for what is told. What reading finds has no
// message, for that depends on the grammar.
type fault struct {
	message, detail string
	at              int
}

func (f *fault) error(g Grammar, text string) *Error {
	message := f.message
	switch {
	case message != "":
	case g == TrustPolicy:
		message = textTrustSyntax
	default:
		message = textSyntax
	}
	at := lines{text: text}
	return &Error{Message: message, Detail: f.detail, Position: at.position(f.at)}
}

// quote is a text of the document for a Detail: what the document's author wrote may be long.
func quote(text string) string {
	const most = 64
	if runes := []rune(text); len(runes) > most {
		return fmt.Sprintf("%q...", string(runes[:most]))
	}
	return fmt.Sprintf("%q", text)
}
