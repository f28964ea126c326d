using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Xopc.Contracts;
using Xopc.Gateway.Audit;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Origins;
using Xopc.Gateway.Health;
using Xopc.Gateway.Keys;
using Xopc.Gateway.Logs;
using Xopc.Gateway.Tls;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redaction;
using Xopc.Testing.Fuzzing;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>Random bytes through everything the edge reads: what strangers send, and what lies in its files.</summary>
public sealed class ParserFuzzTests
{
    private const string LogLine = """{"level":"info","time":"2026-01-01T00:00:00.123Z","pid":1,"module":"Xopc.Agents.Runs","msg":"hello","sessionKey":"main:cli:direct","nested":{"a":[1,true,null,"x"]}}""";

    [Fact]
    public void Credentials() => Fuzz.Text(
        text =>
        {
            foreach (var name in (string[])["Authorization", "X-Api-Key"])
            {
                var context = new DefaultHttpContext();
                context.Request.Headers[name] = new StringValues([text]);
                var presented = PresentedCredential.Read(context.Request);
                Assert.True(presented.Value is null || presented.Offered);
                Assert.True(presented.Value is not { Length: > GatewayCredential.MaxLength + 8 });
            }
        },
        ["Bearer " + EdgeHost.Token, EdgeHost.Token, "bearer\tüäö", "Basic x"], 4096);

    [Fact]
    public void Key_texts() => Fuzz.Text(
        text => Assert.True(!ApiKeyText.TryRead(text, out var id, out var secret) || (id.Length == ApiKeyText.IdLength && secret.Length == ApiKeyText.SecretLength)),
        [ApiKeyText.Write(new string('a', ApiKeyText.IdLength), new string('b', ApiKeyText.SecretLength))]);

    [Fact]
    public void Codes_and_cookies()
    {
        var tickets = new Tickets(TimeProvider.System);
        var code = tickets.Make(new KnownCaller(Principal.Operator, CancellationToken.None));
        Fuzz.Text(
            text =>
            {
                Assert.True(text == code || tickets.Redeem(text) is null); // damage is never believed
                var context = new DefaultHttpContext();
                context.Request.Headers.Cookie = new StringValues([text, $"{PageSessions.CookieName}={text}"]);
                context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new PageEndpoint()), "page"));
                context.Request.Method = "GET";
                Assert.Null(new PageSessions(TimeProvider.System).Find(context));
            },
            [code, $"{PageSessions.CookieName}={code}; other=1", new string('A', 43)]);
    }

    [Fact]
    public void The_file_of_the_token()
    {
        var directory = Directory.CreateTempSubdirectory("xopc-fuzz-").FullName;
        try
        {
            var file = Path.Combine(directory, GatewayTokenFile.FileName);
            var count = Fuzz.Parse(
                bytes =>
                {
                    File.WriteAllBytes(file, bytes);
                    Assert.Equal(48, GatewayTokenFile.Find(directory)!.Length);
                },
                [GatewayTokenFile.Make() + "\n", GatewayTokenFile.Make()], 1024, typeof(InvalidDataException));
            Assert.True(count is { Taken: > 0, Refused: > 0 });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Wishes_for_keys()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Fuzz.Parse(
            bytes =>
            {
                var body = JsonSerializer.Deserialize(bytes, GatewayJson.Default.CreateKey);
                var (request, problem) = ApiKeyRequest.Read(body?.Name, body?.Scopes ?? [body?.Scope], body?.Agents, body?.Sessions, body?.ExpiresAt, now);
                Assert.True(request is null != problem is null);
            },
            [
                """{"name":"phone","scope":"operator.write","agents":["main"],"sessions":["main:cli:direct"],"expiresAt":"2027-01-01T00:00:00Z"}""",
                """{"name":"laptop","scopes":["operator.read","operator.admin"],"expiresAt":"9999-12-31T23:59:59Z"}""",
            ],
            2048, typeof(JsonException));
    }

    [Fact]
    public void What_services_say_of_their_health() => Fuzz.Parse(
        bytes =>
        {
            using var content = new ByteArrayContent(bytes);
            var (complaints, runs) = ServiceHealthCheck.ReadAsync(content, CancellationToken.None).GetAwaiter().GetResult(); // over memory: nothing here waits
            Assert.NotNull(complaints);
        },
        ["""{"status":"degraded","checks":{"configuration":{"status":"healthy","description":"abc"},"database":{"status":"unhealthy","description":"gone"}}}"""], 2048);

    [Fact]
    public void Networks_of_proxies() => Fuzz.Text(
        text => _ = new TrustedProxies([text, "10.0.0.0/8"]).Contains(IPAddress.Loopback), ["127.0.0.1", "10.0.0.0/8", "::ffff:10.0.0.0/104", "fd00::/8"]);

    [Fact]
    public void Certificates()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var made = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=localhost", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var file = Path.GetTempFileName();
        try
        {
            var count = Fuzz.Parse(
                bytes =>
                {
                    File.WriteAllBytes(file, bytes);
                    try
                    {
                        var (leaf, _) = CertificateFiles.Load(new Xopc.Configuration.TlsConfig { CertFile = file });
                        leaf.Dispose();
                    }
                    catch (Exception e) when (CertificateFiles.IsAtFault(e))
                    {
                        throw new InvalidDataException("", e);
                    }
                },
                [made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n"], 2048, typeof(InvalidDataException));
            Assert.True(count is { Taken: > 0, Refused: > 0 });
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Origins_and_hosts() => Fuzz.Text(
        text =>
        {
            _ = WebOrigin.TryParse(text, out var origin) && origin.IsAt(origin.Host);
            _ = WebHost.TryParse(text, out var host) && (host.IsAddress || host.IsLoopback);
        },
        ["https://console.example:8443", "http://[::1]:18790", "localhost:3000", "10.0.0.5", "null", "file://"]);

    [Fact]
    public void Forwarded_addresses()
    {
        var proxies = new TrustedProxies(["127.0.0.1", "10.0.0.0/8", "::1"]);
        Fuzz.Text(
            text =>
            {
                _ = ForwardedAddress.TryParse(text, out _);
                var (client, hops) = ForwardedHeaders.Walk(new StringValues([text, text]), IPAddress.Loopback, proxies);
                Assert.NotNull(client);
                Assert.True(hops >= 0);
            },
            ["203.0.113.7, 10.0.0.1", "[2001:db8::1]:4711, 10.1.1.1, 127.0.0.1", "203.0.113.7:80", "unknown"]);
    }

    [Fact]
    public void Redirect_targets() => Fuzz.Text(
        text => Assert.True(!LocalPath.Is(text) || (text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal) && new Uri(new Uri("http://gateway.example"), text).Host == "gateway.example")),
        ["/docs?x=1#top", "/", "/api/../docs", "//evil.example", "/%2f%2fevil.example"]);

    [Fact]
    public void Listening_addresses() => Fuzz.Text(
        text =>
        {
            foreach (var host in ListeningAddresses.OfUrls(text))
            {
                _ = ListeningAddresses.IsExposed(host) || ListeningAddresses.IsEveryInterface(host);
            }
        },
        ["http://[::1]:5000/base;http://*:80", "http://unix:/run/x.sock", "https://+:443"]);

    [Fact]
    public void Log_cursors_and_file_names()
    {
        var cursor = LogCursor.Write([new LogPosition(LogFileName.Parse("app-agents-2-2026-01-01.3.log")!.Value, 1234)]);
        Fuzz.Text(
            text =>
            {
                _ = LogCursor.Parse(text);
                _ = LogFileName.Parse(text)?.ToString();
                _ = LogCursor.Parse(System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)));
            },
            [cursor, "app-agents-2-2026-01-01.3.log", "app-agents-2026-01-01.log:17\napp-2026-01-01.log:0"]);
    }

    [Fact]
    public void Log_queries() => Fuzz.Text(
        text => LogFilter.Read(new QueryCollection(QueryHelpers.ParseQuery(text.Length > 500 ? text[..500] : text))),
        ["?level=warn,error&from=2026-01-01T00:00:00Z&to=2026-01-02&q=hello&module=Xopc", "?trace=0123&run=1&service=xopc"], typeof(ApiException));

    [Fact]
    public void Log_lines()
    {
        var redactor = new Redactor(new SecretRegistry());
        Fuzz.Parse(
            bytes =>
            {
                using var record = LogRecord.Parse(bytes, DateTimeOffset.UnixEpoch);
                using var output = new Utf8JsonWriter(new MemoryStream());
                record.WriteTo(output, redactor);
                _ = record.Mentions("hello") && record.Level.Length > 0;
            },
            [LogLine, "plain text"], 4096);
    }

    [Fact]
    public void Lines_read_backwards_are_those_read_forwards()
    {
        var file = Path.GetTempFileName();
        try
        {
            Fuzz.Parse(bytes => CompareLines(file, bytes), [LogLine + "\n" + LogLine + "\n", "\n\n\n", "a\r\nb\n"], 70_000);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void CompareLines(string file, byte[] bytes)
    {
        File.WriteAllBytes(file, bytes);
        var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1; // what follows is still being written
        var forwards = Encoding.Latin1.GetString(bytes, 0, end).Split('\n')[..^1];
        var backwards = new List<string>();
        using var lines = new BackwardLines(File.OpenRead(file), end);
        while (lines.MoveBack())
        {
            backwards.Add(Encoding.Latin1.GetString(lines.Line.Span));
        }

        Assert.Equal(forwards, Enumerable.Reverse(backwards));
    }
}
