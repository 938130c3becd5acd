package sigv4_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
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

func ExampleParseS3() {
	signer := sigv4.Signer{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", Region: "us-east-1", Service: "s3"}
	now := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	receive := func(r sigv4.Request, wire io.Reader, length int64) error {
		signature, err := sigv4.ParseS3(r)
		if err != nil {
			return err
		}
		if err := signature.Check(now, sigv4.Expect{Services: []string{"s3"}, Regions: []string{"us-east-1"}}); err != nil {
			return err
		}
		key := sigv4.DeriveKey("secret", signature.Scope)
		if !signature.Verify(&key, signature.DeclaredPayload()) {
			return signature.S3Mismatch()
		}
		body, err := signature.S3Body(&key, wire, length)
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, body)
		return err
	}

	request := sigv4.Request{Method: "PUT", URI: "/bucket/key", Host: "localhost:9000"}
	wire, length, err := signer.SignS3Chunks(&request, now, strings.NewReader("hello\n"), 6, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receive(request, wire, length))

	// Somebody adds a header.
	request.Header.Set("X-Amz-Acl", "public-read")
	var refusal *sigv4.S3Error
	if errors.As(receive(request, http.NoBody, 0), &refusal) {
		fmt.Println(refusal.Status, refusal.Code, refusal.Details)
	}
	// Output:
	// hello
	// <nil>
	// 403 AccessDenied [{HeadersNotSigned x-amz-acl}]
}
