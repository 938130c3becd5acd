// Package verifier lets a Go service accept the credentials of a daypass server: keys of users and sessions, as every AWS client
// signs with them.
//
// A Verifier checks signatures in the service's own process. It asks daypass for the signing key that the credentials of a
// request make for this day, region and service, never for their secret, together with the identity of their owner and the
// policies that bind it. It keeps the answer for some seconds, and decides with package policy, as daypass would.
//
//	v, err := verifier.New(verifier.Config{
//		Endpoint: "https://daypass.example.com", Service: "orders", Region: "us-east-1",
//		Credentials: verifier.Static(verifier.Credentials{AccessKeyID: id, SecretAccessKey: secret}),
//	})
//	...
//	mux.Handle("GET /orders/{id}", v.Handler(
//		func(r *http.Request, caller *verifier.Caller) (verifier.Access, error) {
//			return verifier.Access{Action: "orders:GetOrder", Resource: "arn:aws:orders:us-east-1:123456789012:order/" + r.PathValue("id")}, nil
//		},
//		func(w http.ResponseWriter, r *http.Request, caller *verifier.Caller) { ... },
//	))
//
// # The permission
//
// The verifier's own credentials need a permission, and should have no other:
//
//	{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "daypass:GetSigningKey",
//	  "Resource": "arn:aws:daypass:us-east-1:123456789012:service/orders"}}
//
// The account is that of the callers. A verifier of the management account may serve callers of every account that its policy
// names; any other serves those of its own. Whoever steals a verifier can pose as any caller, towards this service
// alone, in this region, until the end of the day, and can read the policies of callers whose credentials it has seen. So
// give each service a name of its own, which is none of a service of AWS that you use.
//
// # What a signature covers
//
// Method, path, query, body, Host and the headers that the client chose to sign. What a service acts on must be among them:
// see Caller.Signs. A signature can be replayed for 15 minutes, as with AWS: where that matters the request has to bear a
// token that is good once.
//
// # How long a change takes
//
// What daypass says is good for Config.MaxAge, counted from when it was asked: no request is judged by what is older than that
// when it arrives. So a key that is deactivated, a session that is revoked and a policy that is changed act after that time at
// the latest, beside the second that several daypass servers on one database take to hear of each other. When daypass can't
// be reached, requests are refused once what is known is too old.
//
// The answers of daypass are trusted and contain signing keys: that nobody reads or changes them on their way is left to TLS.
package verifier
