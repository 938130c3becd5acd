package policy

import (
	"fmt"
	"testing"
)

// What nobody can tell allows nothing and never lifts a Deny, whatever the operator makes of an absent key.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	names := []string{"s3:existingobjecttag/", "dynamodb:", "aws:exact"}
	for _, test := range []struct {
		key     string
		unknown bool
	}{
		{"s3:ExistingObjectTag/Secret", true},
		{"S3:existingobjecttag/secret", true},
		{"s3:ExistingObjectTag", false},
		{"dynamodb:LeadingKeys", true},
		{"dynamodb:Select", false}, // the request has it
		{"dynamodbx:Select", false},
		{"aws:exact", true},
		{"aws:exactly", false},
	} {
		for _, operator := range []string{
			"StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotLikeIfExists", "Null", "ForAllValues:StringEquals",
			"ForAnyValue:StringNotEquals", "Bool", "NumericLessThan", "ArnLike", "IpAddress",
		} {
			value := map[string]string{"NumericLessThan": "1", "IpAddress": "10.0.0.0/8", "ArnLike": "arn:aws:s3:::*"}[operator]
			if value == "" {
				value = "true"
			}
			decide := func(effect string, unknown []string) Outcome {
				allow := `{"Effect":"Allow","Action":"*","Resource":"*"},`
				if effect == "Allow" {
					allow = ""
				}
				document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[%s{"Effect":%q,"Action":"*","Resource":"*","Condition":{%q:{%q:%q}}}]}`,
					allow, effect, operator, test.key, value)
				return Evaluate(&Policies{Identity: []Source{{Policy: mustParse(t, InlinePolicy, document)}}}, &Request{
					Principal: Principal{Type: User, Account: ours, ARN: "arn:aws:iam::" + ours + ":user/alice"},
					Action:    "s3:GetObject", Resource: "arn:aws:s3:::b/k",
					Context: Context{"dynamodb:select": {"COUNT"}},
					Unknown: unknown,
				}).Outcome
			}
			allowed, denied := ImplicitDeny, ExplicitDeny
			if !test.unknown {
				allowed, denied = decide("Allow", nil), decide("Deny", nil)
			}
			if got := decide("Allow", names); got != allowed {
				t.Errorf("%s of %s: an Allow comes to %v, want %v", operator, test.key, got, allowed)
			}
			if got := decide("Deny", names); got != denied {
				t.Errorf("%s of %s: a Deny comes to %v, want %v", operator, test.key, got, denied)
			}
		}
	}
}
