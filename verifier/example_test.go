package verifier_test

import (
	"fmt"
	"net/http"
	"os"

	"github.com/daypass/daypass/verifier"
)

func Example() {
	v, err := verifier.New(verifier.Config{
		Endpoint: "https://daypass.example.com",
		Service:  "orders",
		Region:   "us-east-1",
		Credentials: verifier.Static(verifier.Credentials{
			AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	name := func(r *http.Request, _ *verifier.Caller) (verifier.Access, error) {
		return verifier.Access{
			Action: "orders:GetOrder", Resource: "arn:aws:orders:us-east-1:123456789012:order/" + r.PathValue("id"),
		}, nil
	}
	serve := func(w http.ResponseWriter, _ *http.Request, caller *verifier.Caller) {
		_, _ = fmt.Fprintln(w, "Hello,", caller.ARN)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders/{id}", v.Handler(name, serve))
	fmt.Println("ready")
	// Output: ready
}
