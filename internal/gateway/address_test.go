package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/testenv"
)

const (
	queues  = "/" + testenv.AccountID + "/"
	version = "&Version=2012-11-05"
)

// sqs is a request of SQS's JSON protocol.
func sqs(operation, body string) request {
	return request{method: "POST", target: "/", host: "aws.test:8077", body: body, header: map[string]string{
		"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0",
	}}
}

// sqsForm is one of its Query protocol.
func sqsForm(form string) request {
	return request{method: "POST", target: "/", host: "aws.test:8077", body: form + version, header: map[string]string{"Content-Type": queryForm}}
}

// Answers name queues by URLs at the host that the client asked, whatever the backend calls itself.
func TestAddressesInAnswers(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sqs", allowAll)
	const here, there = "http://aws.test:8077" + queues, "http://sqs.us-east-1.backend:4566/000000000000/"
	list := `<ListQueuesResponse><ListQueuesResult><QueueUrl>` + there + `a</QueueUrl><QueueUrl>https://backend/queue/us-east-1/1/b.fifo</QueueUrl></ListQueuesResult></ListQueuesResponse>`
	for _, tt := range []struct {
		name         string
		request      request
		answer, want string
	}{
		{"CreateQueue", sqs("CreateQueue", `{"QueueName":"a"}`), `{"QueueUrl":"` + there + `a"}`, `{"QueueUrl":"` + here + `a"}`},
		{"GetQueueUrl", sqs("GetQueueUrl", `{"QueueName":"a"}`), `{ "QueueUrl" : "http:\/\/x\/y\/a" }`, `{"QueueUrl":"` + here + `a"}`},
		{
			"ListQueues", sqs("ListQueues", `{}`), `{"QueueUrls":["` + there + `a","` + there + `b"],"NextToken":"` + there + `"}`,
			`{"NextToken":"` + there + `","QueueUrls":["` + here + `a","` + here + `b"]}`,
		},
		{"no queues", sqs("ListQueues", `{}`), `{}`, `{}`},
		{"ListDeadLetterSourceQueues", sqs("ListDeadLetterSourceQueues", `{"QueueUrl":"`+here+`a"}`), `{"queueUrls":["` + there + `b"]}`, `{"queueUrls":["` + here + `b"]}`},
		{"another operation", sqs("ReceiveMessage", `{"QueueUrl":"`+here+`a"}`), `{"QueueUrl":"` + there + `a"}`, `{"QueueUrl":"` + there + `a"}`},
		{"Query", sqsForm("Action=ListQueues"), list, strings.NewReplacer(there, here, "https://backend/queue/us-east-1/1/", here).Replace(list)},
	} {
		g.backend.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.answer) })
		if diff := cmp.Diff(tt.want, g.ok(g.do(tt.request)).body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"QueueUrl":"`+there+`a"}`) })
	tls := sqs("GetQueueUrl", `{"QueueName":"a"}`)
	tls.host = strings.TrimPrefix(testenv.PublicURL, "https://")
	if got, want := g.ok(g.do(tls)).body, `{"QueueUrl":"`+testenv.PublicURL+queues+`a"}`; got != want {
		t.Errorf("with TLS: %s", got)
	}
	g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}`)
	})
	if a := g.do(sqs("GetQueueUrl", `{"QueueName":"a"}`)); a.status != 400 || a.code() != "QueueDoesNotExist" {
		t.Error(a)
	}
}

// An answer in which addresses can't be told is none.
func TestAddressesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sqs", allowAll)
	for name, answer := range map[string]string{
		"no JSON":       `<QueueUrl>http://x/1/a</QueueUrl>`,
		"twice":         `{"QueueUrl":"http://x/1/a","QueueUrl":"http://x/1/b"}`,
		"no URL":        `{"QueueUrl":"http://x/1/"}`,
		"more":          `{"QueueUrl":"http://x/1/a?b"}`,
		"one of them":   `{"QueueUrls":["http://x/1/a","http://x/1/<b>"]}`,
		"long":          `{"QueueUrl":"http://x/1/a","NextToken":"` + strings.Repeat("a", 1<<20) + `"}`,
		"compressed":    "",
		"Query, no URL": `<QueueUrl>http://x/1/a&amp;b</QueueUrl>`,
	} {
		g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
			if name == "compressed" {
				w.Header().Set("Content-Encoding", "br")
			}
			_, _ = io.WriteString(w, answer)
		})
		r := sqs("ListQueues", `{}`)
		if strings.HasPrefix(name, "Query") {
			r = sqsForm("Action=ListQueues")
		}
		if a := g.do(r); a.status != http.StatusServiceUnavailable || a.code() != "ServiceUnavailable" || strings.Contains(a.body, "http://x") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// The backend is sent URLs of its own, of the queue that was decided on.
func TestAddressesInRequests(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sqs", `{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:us-east-1:`+testenv.AccountID+`:a"}`)
	const there = "http://sqs.us-east-1.backend:4566/queue/000000000000/a"
	g.backend.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "AmazonSQS.GetQueueUrl" {
			_, _ = io.WriteString(w, `{"QueueUrl":"`+there+`"}`)
		}
	})
	for _, url := range []string{"http://aws.test:8077" + queues + "a", "https://sqs.us-east-1.amazonaws.com" + queues + "a", queues + "a", "http://evil" + queues + "a"} {
		g.ok(g.do(sqs("SendMessage", `{"MessageBody":"<ä> \u00e4 & 1","DelaySeconds":1.0,"QueueUrl":"`+url+`"}`)))
		g.ok(g.do(sqsForm("Action=SendMessage&MessageBody=a+b%26c&QueueUrl=" + url)))
		g.ok(g.do(request{target: "/?Action=DeleteQueue&QueueUrl=" + url + version, host: "aws.test:8077"}))
	}
	all := g.backend.requests()
	if all[0].Header.Get("X-Amz-Target") != "AmazonSQS.GetQueueUrl" || all[0].Body != `{"QueueName":"a"}` || len(all) != 1+3*4 {
		t.Errorf("the backend was asked %+v", all[0])
	}
	for i, got := range all[1:] {
		switch i % 3 {
		case 0:
			var body map[string]any
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]any{"MessageBody": "<ä> ä & 1", "DelaySeconds": 1.0, "QueueUrl": there}, body); diff != "" {
				t.Error(diff)
			}
		case 1:
			if got.Body != "Action=SendMessage&MessageBody=a%20b%26c&QueueUrl="+escaped(there)+"&Version=2012-11-05" {
				t.Error(got.Body)
			}
		case 2:
			if got.Target != "/?Action=DeleteQueue&QueueUrl="+escaped(there)+"&Version=2012-11-05" || got.Body != "" {
				t.Error(got.Target, got.Body)
			}
		}
	}
}

// A backend that does not say how it calls its queues is given URLs at its own address. Those in its answers are remembered.
func TestAddressesOfBackends(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sqs", allowAll)
	forms := func() (urls []string) {
		for _, got := range g.backend.requests() {
			if form, err := url.ParseQuery(got.Body); err != nil || form.Get("Action") == "SendMessage" {
				urls = append(urls, form.Get("QueueUrl"))
			}
		}
		return urls
	}
	send := sqsForm("Action=SendMessage&MessageBody=x&QueueUrl=" + queues + "a")
	answer := func(status int, body string) {
		g.backend.answers(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	answer(http.StatusBadRequest, `<ErrorResponse><Error><Code>AWS.SimpleQueueService.NonExistentQueue</Code></Error></ErrorResponse>`)
	if a := g.do(send); a.code() != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Error(a)
	}
	answer(http.StatusOK, "what?")
	g.ok(g.do(send))
	answer(http.StatusOK, `<QueueUrl>http://one/a</QueueUrl>`)
	g.ok(g.do(send))
	answer(http.StatusOK, `<QueueUrl>http://two/b</QueueUrl>`)
	g.ok(g.do(sqsForm("Action=ListQueues")))
	g.ok(g.do(send))
	want := []string{g.backend.URL + queues + "a", g.backend.URL + queues + "a", "http://one/a", "http://two/a"}
	if diff := cmp.Diff(want, forms()); diff != "" {
		t.Error(diff)
	}
}

func escaped(url string) string { return strings.NewReplacer(":", "%3A", "/", "%2F").Replace(url) }

// A URL with more than one reading, or of what nobody may reach, does not get to the backend.
func TestAttackAddresses(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sqs", `{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:us-east-1:`+testenv.AccountID+`:a"}`)
	for _, url := range []string{
		"http://h" + queues + "b", "http://h/210987654321/a", "http://h" + queues + "b/../a", "http://h" + queues + "a/", "http://h" + queues + "a?b",
		"http://h" + queues + "a#b", "http://h@evil" + queues + "a", "http://h/x" + queues + "a", "ftp://h" + queues + "a", "", "a", "//" + queues + "a",
		"http://h" + queues + "%61", "http://h" + queues + `a\n`,
	} {
		for _, r := range []request{
			sqs("SendMessage", `{"MessageBody":"x","QueueUrl":"`+url+`"}`), sqsForm("Action=SendMessage&MessageBody=x&QueueUrl=" + escaped(strings.ReplaceAll(url, "%", "%25"))),
		} {
			if a := g.do(r); a.status != 400 && a.status != 403 {
				t.Errorf("%s: %+v", url, a)
			}
		}
	}
	for _, body := range []string{`{"MessageBody":"x","QueueUrl":null}`, `{"MessageBody":"x","QueueUrl":["http://h` + queues + `a"]}`, `{"MessageBody":"x","queueurl":"http://h` + queues + `a"}`} {
		if a := g.do(sqs("SendMessage", body)); a.status != 400 {
			t.Errorf("%s: %+v", body, a)
		}
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
