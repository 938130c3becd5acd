package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
)

// behindTLS returns the address of a proxy that ends TLS and passes the request on as it is, and what trusts it. Over TLS
// the SDKs send a checksum behind a body that they don't sign.
func (g *storage) behindTLS() (endpoint, authority string, transport *http.Transport) {
	g.t.Helper()
	target, err := url.Parse(g.endpoint)
	if err != nil {
		g.t.Fatal(err)
	}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}})
	certificate := selfSigned(g.t, "127.0.0.1")
	proxy.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	proxy.StartTLS()
	g.t.Cleanup(proxy.Close)
	authority, _ = writePEM(g.t, certificate)
	return proxy.URL, authority, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: poolOf(g.t, certificate)}}
}

// TestGatewayGoSDK is the SDK for Go with its checksums: before the body, and behind it.
func TestGatewayGoSDK(t *testing.T) {
	t.Parallel()
	need(t, "oathtool")
	g := startStorage(t)
	_, session := g.mfaUser("alice", "GAHT21111112", careful)
	who := session()
	plain := g.s3(who)
	if _, err := plain.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("photos")}); err != nil {
		t.Fatal(err)
	}
	endpoint, _, transport := g.behindTLS()
	secure := g.s3(who, func(o *s3.Options) { o.BaseEndpoint, o.HTTPClient = &endpoint, &http.Client{Transport: transport} })
	data := make([]byte, 3<<20+7)
	if _, err := io.ReadFull(randomBytes(1), data); err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range types.ChecksumAlgorithm("").Values() {
		if strings.HasPrefix(string(algorithm), "XXHASH") || algorithm == "SHA512" || algorithm == "MD5" {
			continue // the backend does not have them, or the SDK does not make them
		}
		for name, client := range map[string]*s3.Client{"signed": plain, "trailer": secure} {
			sdkRoundTrip(g.in(t), client, name+"-"+string(algorithm), algorithm, data)
		}
	}
	sdkStream(g.in(t), secure, data)
	sdkVirtualHost(g.in(t), who, data)
	sdkPresigned(g.in(t), who)
	sdkRefusals(g.in(t), who, plain)
}

func sdkRoundTrip(g *storage, client *s3.Client, key string, algorithm types.ChecksumAlgorithm, data []byte) {
	g.t.Helper()
	_, err := client.PutObject(g.t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("photos"), Key: &key, Body: bytes.NewReader(data), ChecksumAlgorithm: algorithm,
	})
	if err != nil {
		g.t.Errorf("%s: %v", key, err)
		return
	}
	sdkGet(g, client, key, data)
}

// sdkGet reads an object, whose checksum the SDK compares.
func sdkGet(g *storage, client *s3.Client, key string, want []byte) {
	g.t.Helper()
	answer, err := client.GetObject(g.t.Context(), &s3.GetObjectInput{Bucket: aws.String("photos"), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		g.t.Errorf("%s: %v", key, err)
		return
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, want) {
		g.t.Errorf("%s: %d bytes, %v", key, len(got), err)
	}
}

// sdkStream sends what can't be read twice.
func sdkStream(g *storage, client *s3.Client, data []byte) {
	g.t.Helper()
	_, err := client.PutObject(g.t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("photos"), Key: aws.String("stream"), Body: io.MultiReader(bytes.NewReader(data)), ContentLength: aws.Int64(int64(len(data))),
	})
	g.wantSuccess(err)
	sdkGet(g, client, "stream", data)
}

// sdkVirtualHost has the bucket in the name of the host.
func sdkVirtualHost(g *storage, who credentials, data []byte) {
	g.t.Helper()
	endpoint := "http://" + virtualHost
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", g.address)
	}}
	g.t.Cleanup(transport.CloseIdleConnections)
	client := g.s3(who, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle, o.HTTPClient = &endpoint, false, &http.Client{Transport: transport}
	})
	sdkRoundTrip(g, client, "virtual host", "", data)
}

// sdkPresigned are addresses in time and out of it, to read and to write.
func sdkPresigned(g *storage, who credentials) {
	g.t.Helper()
	presign := func(method, key string, at time.Time) *http.Request {
		request, err := http.NewRequestWithContext(g.t.Context(), method, g.endpoint+"/photos/"+key+"?X-Amz-Expires=60", strings.NewReader("by address"))
		if err != nil {
			g.t.Fatal(err)
		}
		if method == http.MethodGet {
			request.Body, request.ContentLength = http.NoBody, 0
		}
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		address, _, err := signer.PresignHTTP(g.t.Context(), aws.Credentials{
			AccessKeyID: who.AccessKeyId, SecretAccessKey: who.SecretAccessKey, SessionToken: who.SessionToken,
		}, request, "UNSIGNED-PAYLOAD", "s3", region, at)
		if err == nil {
			request.URL, err = url.Parse(address)
		}
		if err != nil {
			g.t.Fatal(err)
		}
		return request
	}
	now := time.Now()
	for _, test := range []struct {
		name, method, want string
		at                 time.Time
		status             int
	}{
		{"write", http.MethodPut, "", now, 200},
		{"read", http.MethodGet, "by address", now, 200},
		{"at the end", http.MethodGet, "by address", now.Add(-30 * time.Second), 200},
		{"expired", http.MethodGet, "<Code>AccessDenied</Code><Message>Request has expired</Message>", now.Add(-time.Hour), 403},
		{"expired write", http.MethodPut, "<Code>AccessDenied</Code><Message>Request has expired</Message>", now.Add(-time.Hour), 403},
		{"not yet", http.MethodGet, "<Code>AccessDenied</Code><Message>Request is not valid yet</Message>", now.Add(time.Hour), 403},
	} {
		status, body := g.do(presign(test.method, "by-address", test.at))
		if status != test.status || !strings.Contains(body, test.want) {
			g.t.Errorf("%s: %d %s", test.name, status, body)
		}
	}
}

// sdkRefusals are what the SDK makes of S3's errors: its own types.
func sdkRefusals(g *storage, who credentials, client *s3.Client) {
	g.t.Helper()
	get := func(c *s3.Client, bucket, key string) error {
		_, err := c.GetObject(g.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			g.said(err.Error())
		}
		return err
	}
	if err := get(client, "photos", "nothing"); !isA[*types.NoSuchKey](err) {
		g.t.Errorf("%v, want NoSuchKey", err)
	}
	wantRefusal(g.t, get(client, "nothing", "nothing"), "NoSuchBucket", "")
	stranger := credentials{AccessKeyId: "AKIARZPUZDIKE2EROOTX", SecretAccessKey: who.SecretAccessKey}
	wantRefusal(g.t, get(g.s3(stranger), "photos", "x"), "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	forged := who
	forged.SecretAccessKey = strings.Repeat("x", 40)
	wantRefusal(g.t, get(g.s3(forged), "photos", "x"), "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	mixed := who
	mixed.SessionToken = who.SessionToken[:len(who.SessionToken)-8] + "AAAAAAAA"
	wantRefusal(g.t, get(g.s3(mixed), "photos", "x"), "InvalidToken", "The provided token is malformed or otherwise invalid.")

	// A body that is not what was signed never becomes an object.
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodPut, g.endpoint+"/photos/forged", strings.NewReader("something"))
	if err != nil {
		g.t.Fatal(err)
	}
	sign(g.t, request, who, fmt.Sprintf("%x", sha256.Sum256([]byte("something else"))))
	if status, body := g.do(request); status != http.StatusBadRequest || !strings.Contains(body, "<Code>XAmzContentSHA256Mismatch</Code>") {
		g.t.Errorf("a forged body: %d %s", status, body)
	}
	if err := get(client, "photos", "forged"); !isA[*types.NoSuchKey](err) {
		g.t.Errorf("%v, want NoSuchKey", err)
	}
}

// sign signs a request as a whole, with what it says of its body.
func sign(t *testing.T, request *http.Request, who credentials, payload string) {
	t.Helper()
	request.Header.Set("X-Amz-Content-Sha256", payload)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(t.Context(), aws.Credentials{
		AccessKeyID: who.AccessKeyId, SecretAccessKey: who.SecretAccessKey, SessionToken: who.SessionToken,
	}, request, payload, "s3", region, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// TestGatewaySignedChunks is a client that signs each chunk of a body, with and without a signed checksum behind them.
func TestGatewaySignedChunks(t *testing.T) {
	t.Parallel()
	g := startStorage(t)
	who := g.worker()
	size := int64(20<<20 + 3)
	for _, trailing := range []bool{false, true} {
		client, err := minio.New(g.address, &minio.Options{
			Creds: miniocredentials.NewStaticV4(who.AccessKeyId, who.SecretAccessKey, who.SessionToken), Region: region, TrailingHeaders: trailing,
		})
		if err != nil {
			t.Fatal(err)
		}
		bucket := fmt.Sprintf("chunks-%t", trailing)
		if err := client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
		objects := map[string]minio.PutObjectOptions{
			"one":   {DisableMultipart: true, UserMetadata: map[string]string{"camera": "old"}},
			"parts": {PartSize: 5 << 20, NumThreads: 3, ConcurrentStreamParts: true},
		}
		if trailing {
			objects["trailer"] = minio.PutObjectOptions{DisableMultipart: true, Checksum: minio.ChecksumCRC32C}
		}
		for key, options := range objects {
			if _, err := client.PutObject(t.Context(), bucket, key, io.LimitReader(randomBytes(5), size), size, options); err != nil {
				t.Errorf("%s/%s: %v", bucket, key, err)
				continue
			}
			object, err := client.GetObject(t.Context(), bucket, key, minio.GetObjectOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := sumOf(t, object), sumOf(t, io.LimitReader(randomBytes(5), size)); got != want {
				t.Errorf("%s/%s: what came back has the hash %s, want %s", bucket, key, got, want)
			}
		}
	}
}

func sumOf(t *testing.T, r io.Reader) string {
	t.Helper()
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
