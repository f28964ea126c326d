using System.Text;

namespace Xopc.Testing.Attacks;

/// <summary>
/// A request over HTTP/2 that would become two, or another one, if whoever hands it on as HTTP/1.1 wrote down what came. Its body is a complete second request.
/// </summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Send">Queues its frames on stream 1.</param>
/// <param name="MustFail">It may reach nobody at all. The others may, as the one request they are.</param>
public sealed record DoubtfulHttp2Request(string Name, Action<Http2Wire> Send, bool MustFail = false)
{
    private const string Path = "/api/agent";

    public static IReadOnlyList<DoubtfulHttp2Request> All(string token) =>
        [.. Values(token), .. Names(token), .. OfOneConnection(token), .. Lengths(token), .. Pseudo(token), .. Paths(token), .. Authorities(token), .. Frames(token)];

    /// <summary>One that nobody can doubt.</summary>
    public static DoubtfulHttp2Request Honest(string token) => With(token, "honest");

    public override string ToString() => Name;

    private static IEnumerable<DoubtfulHttp2Request> Values(string token)
    {
        string[] values =
        [
            "a\r\nTransfer-Encoding: chunked", "a\nTransfer-Encoding: chunked", "a\rTransfer-Encoding: chunked", "a\0b", "\r\n", "a\r\n\r\n" + DoubtfulRequest.Smuggled(token),
            "a\r\n b", "a\u010a", "a\u000bb", "a\u007fb", "\0", "a\r\nContent-Length: 0",
        ];
        foreach (var value in values)
        {
            yield return With(token, "a value " + Show(value), ("x-value", value));
            yield return With(token, "an accepted type " + Show(value), ("accept", value));
        }
    }

    private static IEnumerable<DoubtfulHttp2Request> Names(string token)
    {
        string[] names =
        [
            "X-Upper", "Content-Length", "Transfer-Encoding", "", " ", "a b", "a:b", "a\r\nx", "a\0", "content-length ", " content-length", "transfer-encoding ", "x\r\ntransfer-encoding",
            "x: y\r\ncontent-length", "\u00e9", "a\u007f", "(x)", "x\t",
        ];
        return names.Select(name => With(token, "a name " + Show(name), (name, name.Contains("oding", StringComparison.Ordinal) ? "chunked" : "0")) with { MustFail = true });
    }

    // What belongs to a connection of HTTP/1 may not come here (RFC 9113, 8.2.2).
    private static IEnumerable<DoubtfulHttp2Request> OfOneConnection(string token) =>
    ((IEnumerable<DoubtfulHttp2Request>)[
        .. ((string[])["chunked", "identity", "chunked, identity", "", "\tchunked"]).Select(coding => With(token, "transfer-encoding " + Show(coding), ("transfer-encoding", coding))),
        .. ((string[])["close", "keep-alive", "content-length", "transfer-encoding", "x-forwarded-for, authorization", "upgrade"]).Select(named => With(token, "connection " + named, ("connection", named))),
        With(token, "both", ("transfer-encoding", "chunked"), ("content-length", "0")),
        With(token, "keep-alive", ("keep-alive", "timeout=5")),
        With(token, "proxy-connection", ("proxy-connection", "keep-alive")),
        With(token, "upgrade", ("upgrade", "h2c")),
        With(token, "te", ("te", "gzip, chunked")),
        With(token, "http2-settings", ("connection", "upgrade, http2-settings"), ("upgrade", "h2c"), ("http2-settings", "AAMAAABkAARAAAAAAAIAAAAA")),
    ]).Select(request => request with { MustFail = true });

    private static IEnumerable<DoubtfulHttp2Request> Lengths(string token)
    {
        string[] lengths = ["0", "1", "5", "100000", "-1", "+5", "0x5", "5 5", "5,5", "5, 6", "99999999999999999999", "", " ", "five", "\u0665", "5\0", "5\r\n"];
        foreach (var length in lengths)
        {
            yield return With(token, "content-length " + Show(length), ("content-length", length));
        }

        yield return With(token, "a length announced as a trailer", ("trailer", "content-length"));
        yield return With(token, "two lengths", ("content-length", "0"), ("content-length", "5"));
        yield return new("a length and no body", wire => wire.Add(
            Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Request("POST", Path, token, ("content-length", "5"))));
    }

    private static IEnumerable<DoubtfulHttp2Request> Pseudo(string token)
    {
        (string, string) method = (":method", "POST"), scheme = (":scheme", "https"), path = (":path", Path), authority = (":authority", "localhost");
        var credential = ("authorization", "Bearer " + token);
        (string Name, (string, string)[] Headers)[] all =
        [
            ("two methods", [method, (":method", "GET"), scheme, path, authority, credential]),
            ("two schemes", [method, scheme, (":scheme", "http"), path, authority, credential]),
            ("two paths", [method, scheme, path, (":path", DoubtfulRequest.SmuggledPath), authority, credential]),
            ("two authorities", [method, scheme, path, authority, (":authority", "evil.example"), credential]),
            ("no method", [scheme, path, authority, credential]),
            ("no scheme", [method, path, authority, credential]),
            ("no path", [method, scheme, authority, credential]),
            ("no authority and no host", [method, scheme, path, credential]),
            ("a pseudo header after the others", [method, scheme, authority, credential, path]),
            ("a pseudo header nobody knows", [method, scheme, path, authority, (":smuggled", "1"), credential]),
            ("a status", [method, scheme, path, authority, (":status", "200"), credential]),
            ("a protocol", [(":method", "CONNECT"), (":protocol", "websocket"), scheme, path, authority, credential]),
            ("connect", [(":method", "CONNECT"), authority, credential]),
            ("connect with a path", [(":method", "CONNECT"), scheme, path, authority, credential]),
            ("a method with a request in it", [(":method", $"GET {DoubtfulRequest.SmuggledPath} HTTP/1.1\r\nX: "), scheme, path, authority, credential]),
            ("a method with a blank", [(":method", $"GET {DoubtfulRequest.SmuggledPath}"), scheme, path, authority, credential]),
            ("an empty method", [(":method", ""), scheme, path, authority, credential]),
            ("another scheme", [method, (":scheme", "http"), path, authority, credential]),
            ("a scheme with a request in it", [method, (":scheme", $"https://localhost{DoubtfulRequest.SmuggledPath}?"), path, authority, credential]),
        ];
        return all.Select(one => new DoubtfulHttp2Request(one.Name, wire => Post(wire, token, Http2Wire.Literals(one.Headers))));
    }

    private static IEnumerable<DoubtfulHttp2Request> Paths(string token)
    {
        string[] paths =
        [
            "", "*", "api/agent", "https://localhost" + DoubtfulRequest.SmuggledPath, "http://evil.example/", "/api/agent HTTP/1.1\r\nX: y", "/api/agent\r\n\r\n" + DoubtfulRequest.Smuggled(token),
            "/api/agent HTTP/1.1", "/api/agent /x", "/api/agent\t", "/api/agent\0", "/api/agent#x", "/api/agent?x#y", "/api/agent\n", " /api/agent", "/api/\u00e9", "localhost:443", "?x", "\\api\\agent",
        ];
        return paths.Select(path => new DoubtfulHttp2Request("the path " + Show(path), wire => Post(wire, token, Http2Wire.Request("POST", path, token))));
    }

    private static IEnumerable<DoubtfulHttp2Request> Authorities(string token)
    {
        string[] authorities = ["localhost\r\nX: y", "localhost ", "local host", "user@localhost", "localhost/api", "localhost,evil.example", "localhost:99999", "[::1", "", "\0"];
        return
        [
            .. authorities.Select(authority => new DoubtfulHttp2Request("the authority " + Show(authority), wire => Post(wire, token, Http2Wire.Literals(
                (":method", "POST"), (":scheme", "https"), (":path", Path), (":authority", authority), ("authorization", "Bearer " + token))))),
            With(token, "another host", ("host", "evil.example")),
            With(token, "two hosts", ("host", "localhost"), ("host", "evil.example")),
        ];
    }

    private static IEnumerable<DoubtfulHttp2Request> Frames(string token)
    {
        var second = Encoding.Latin1.GetBytes(DoubtfulRequest.Smuggled(token));
        var head = Http2Wire.Request("POST", Path, token);
        (string Name, Action<Http2Wire> Send)[] all =
        [
            ("data after the end", wire => { Post(wire, token, head); wire.Add(Http2Wire.Data, Http2Wire.EndStream, 1, second); }),
            ("headers after the end", wire => { Post(wire, token, head); wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, head); }),
            ("data without a request", wire => wire.Add(Http2Wire.Data, Http2Wire.EndStream, 1, second)),
            ("data on the connection", wire => wire.Add(Http2Wire.Data, Http2Wire.EndStream, 0, second)),
            ("headers on the connection", wire => wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 0, head)),
            ("a stream of the server's", wire => wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 2, head)),
            ("a continuation of nothing", wire => wire.Add(Http2Wire.Continuation, Http2Wire.EndHeaders, 1, head)),
            ("a continuation of another stream", wire =>
            {
                wire.Add(Http2Wire.Headers, 0, 1, head);
                wire.Add(Http2Wire.Continuation, Http2Wire.EndHeaders, 3, Http2Wire.Literals((":path", DoubtfulRequest.SmuggledPath)));
            }),
            ("data between headers", wire => { wire.Add(Http2Wire.Headers, 0, 1, head); wire.Add(Http2Wire.Data, 0, 1, second); }),
            ("a path in the trailers", wire => Trailers(wire, head, second, (":path", DoubtfulRequest.SmuggledPath))),
            ("a coding in the trailers", wire => Trailers(wire, head, second, ("transfer-encoding", "chunked"))),
            ("a length in the trailers", wire => Trailers(wire, head, second, ("content-length", "0"))),
            ("a line in the trailers", wire => Trailers(wire, head, second, ("x", "y\r\n\r\n" + DoubtfulRequest.Smuggled(token)))),
            ("trailers that do not end it", wire => { wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head); wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Literals(("x", "y"))); }),
            ("a number that never ends", wire => wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, [.. head, 0x7f, .. Enumerable.Repeat((byte)0xff, 64)])),
            ("an entry nobody made", wire => wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, [.. head, 0xff, 0xff, 0x01])),
        ];
        return all.Select(one => new DoubtfulHttp2Request(one.Name, one.Send));
    }

    private static void Trailers(Http2Wire wire, byte[] head, byte[] body, (string, string) trailer)
    {
        wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head);
        wire.Add(Http2Wire.Data, 0, 1, body);
        wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Literals(trailer));
    }

    private static DoubtfulHttp2Request With(string token, string name, params (string Name, string Value)[] headers) =>
        new(name, wire => Post(wire, token, Http2Wire.Request("POST", Path, token, headers)));

    private static void Post(Http2Wire wire, string token, byte[] head)
    {
        wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head);
        wire.Add(Http2Wire.Data, Http2Wire.EndStream, 1, Encoding.Latin1.GetBytes(DoubtfulRequest.Smuggled(token)));
    }

    private static string Show(string text) => Uri.EscapeDataString(text.Length > 40 ? text[..40] : text);
}
