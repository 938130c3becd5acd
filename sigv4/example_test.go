package sigv4_test

import (
	"fmt"
	"time"

	"github.com/daypass/daypass/sigv4"
)

func Example() {
	body := []byte("Action=GetCallerIdentity&Version=2011-06-15")
	now := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

	// The client.
	request := sigv4.Request{Method: "POST", URI: "/", Host: "sts.amazonaws.com"}
	signer := sigv4.Signer{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", Region: "us-east-1", Service: "sts"}
	if err := signer.Sign(&request, now, sigv4.PayloadOf(body)); err != nil {
		fmt.Println(err)
		return
	}

	// The server.
	signature, err := sigv4.Parse(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	expect := sigv4.Expect{Services: []string{"sts"}}
	if err := signature.Check(now, expect); err != nil {
		fmt.Println(err)
		return
	}
	secret := map[string]string{"AKIDEXAMPLE": "secret"}[signature.AccessKeyID]
	key := sigv4.DeriveKey(secret, signature.Scope)
	fmt.Println(signature.Verify(&key, sigv4.PayloadOf(body)))

	// The same request, replayed too late.
	fmt.Println(signature.Check(now.Add(20*time.Minute), expect))
	// Output:
	// true
	// sigv4: SignatureDoesNotMatch: Signature expired: 20261001T120000Z is now earlier than 20261001T120500Z (20261001T122000Z - 15 min.)
}
