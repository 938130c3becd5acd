package policy

import "testing"

// A session of a role may be named by the role's unique id, which its ARN is not bound to.
func TestSessionNamedByID(t *testing.T) {
	t.Parallel()
	session := Principal{
		Type: RoleSession, Account: "123456789012", ID: "AROAROLEROLEROLEROLE2", SessionID: "AROAROLEROLEROLEROLE2:me",
		ARN: "arn:aws:sts::123456789012:assumed-role/r/me", RoleARN: "arn:aws:iam::123456789012:role/r",
	}
	tests := map[string]Outcome{
		"AROAROLEROLEROLEROLE2:me":                       Allowed,
		"arn:aws:sts::123456789012:assumed-role/r/me":    Allowed,
		"AROAROLEROLEROLEROLE2:you":                      ImplicitDeny,
		"AROAROLEROLEROLEROLE3:me":                       ImplicitDeny,
		"arn:aws:sts::123456789012:assumed-role/r/other": ImplicitDeny,
	}
	for name, want := range tests {
		p, err := Parse(TrustPolicy, `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"`+name+`"}}}`)
		if err != nil {
			t.Fatal(err)
		}
		got := Evaluate(&Policies{Resource: []Source{{Policy: p}}}, &Request{
			Principal: session, Action: "sts:AssumeRole", Resource: session.RoleARN,
		})
		if got.Outcome != want {
			t.Errorf("%s: %v, want %v", name, got.Outcome, want)
		}
	}
	for _, name := range []string{"AIDAALICEALICEALICEA2:me", "AROAROLEROLEROLEROLE2:", "AROAROLEROLEROLEROLE2:a", "AROAROLEROLEROLEROLE2:a b", "AROA:me"} {
		if _, err := Parse(TrustPolicy, `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"`+name+`"}}}`); err == nil {
			t.Errorf("%q is taken for a principal", name)
		}
	}
}
