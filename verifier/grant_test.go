package verifier

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

var asked = question{AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Date: "20260102", Region: "us-east-1", Service: "orders"}

const goodAnswer = `{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","Date":"20260102","Region":"us-east-1","Service":"orders",` +
	`"SigningKey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","Account":"123456789012",` +
	`"Arn":"arn:aws:iam::123456789012:user/alice","UserId":"AIDA","Principal":{"Type":"User","Account":"123456789012","Arn":"a"},` +
	`"Context":{"aws:userid":["AIDA"]},"Policies":{"Identity":[{"Id":"p","Grammar":"InlinePolicy",` +
	`"Document":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}]}}`

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	v := &Verifier{}
	g, err := v.parseAnswer(asked, []byte(goodAnswer))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %v", g, *g, *g, Caller{granted: g}); strings.Contains(text, "0x1f") || strings.Contains(text, "30 31") {
		t.Errorf("the key is in %s", text)
	}
	for _, tt := range []struct{ name, old, new string }{
		{"another key's", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF"},
		{"another day's", "20260102", "20260103"},
		{"another region's", "us-east-1", "us-east-2"},
		{"another service's", "orders", "invoices"},
		{"a short signing key", "AAEC", ""},
		{"no owner", `"Arn":"arn:aws:iam::123456789012:user/alice",`, ""},
		{"no account", `"Account":"123456789012","Arn":"arn`, `"Arn":"arn`},
		{"no context", `"aws:userid":["AIDA"]`, ""},
		{"another kind of principal", `"User"`, `"Service"`},
		{"a member that is not known", `"Policies":{`, `"Policies":{"ResourceControl":[],`},
		{"another kind of policy", "InlinePolicy", "ResourceControlPolicy"},
		{"a policy that can't be read", "Effect", "Efect"},
		{"something behind it", `}]}}`, `}]}} x`},
	} {
		body := strings.ReplaceAll(goodAnswer, tt.old, tt.new)
		if body == goodAnswer {
			t.Fatal(tt.name)
		}
		if _, err := v.parseAnswer(asked, []byte(body)); err == nil {
			t.Errorf("%s is accepted", tt.name)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(goodAnswer)
	f.Add(`{}`)
	f.Add(`{"Session":null,"Policies":{"ServiceControl":[[]]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		g, err := (&Verifier{}).parseAnswer(asked, []byte(body))
		if (g == nil) == (err == nil) && err == nil {
			t.Error("neither a grant nor an error")
		}
	})
}

// What is kept has bounds, in numbers and in bytes.
func TestBounds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	weight := 1
	g := newGrants(time.Second, func() time.Time { return now }, func(_ context.Context, s subject, _ string) (*grant, error) {
		if strings.HasPrefix(s.accessKeyID, "bad") {
			return nil, errInvalid
		}
		return &grant{weight: weight}, nil
	})
	fill := func(prefix string, n int) {
		for i := range n {
			_, _ = g.get(t.Context(), subject{accessKeyID: fmt.Sprint(prefix, i)}, "")
		}
	}
	fill("good", maxGrants+100)
	fill("bad", maxRefusals+100)
	weight = maxWeight / 10
	fill("heavy", 20)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.granted) > maxGrants || len(g.refused) > maxRefusals || g.weight > maxWeight || len(g.flights) != 0 {
		t.Errorf("%d grants of %d bytes, %d refusals, %d flights are kept", len(g.granted), g.weight, len(g.refused), len(g.flights))
	}
	sum := 0
	for _, k := range g.granted {
		sum += k.weight
	}
	if sum != g.weight {
		t.Errorf("the weight is %d and counted as %d", sum, g.weight)
	}
	now = now.Add(forgetAfter)
	g.clean(now)
	if len(g.granted) != 0 || g.weight != 0 {
		t.Errorf("%d grants of %d bytes are left", len(g.granted), g.weight)
	}
}

// An answer to an earlier question does not take the place of that to a later one.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	g := newGrants(time.Minute, func() time.Time { return now }, nil)
	s := subject{accessKeyID: "key"}
	earlier := &flight{asked: now, grant: &grant{}}
	g.keep(&flight{asked: now.Add(1), err: errInvalid}, s)
	g.keep(earlier, s)
	if len(g.granted) != 0 {
		t.Error("an earlier grant stands beside a later refusal")
	}
	g.keep(&flight{asked: now.Add(2), grant: &grant{identity: Identity{ARN: "later"}}}, s)
	g.keep(earlier, s)
	if g.granted[s].identity.ARN != "later" {
		t.Error("an earlier grant took the place of a later one")
	}
}
