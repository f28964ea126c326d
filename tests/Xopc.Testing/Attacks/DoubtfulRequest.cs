namespace Xopc.Testing.Attacks;

/// <summary>
/// An HTTP/1.1 request whose end two readers could see at different places, followed by a complete second request. A server that is sure of the first only
/// answers it and closes; the second must never be carried out.
/// </summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Text">Everything that is sent, a character per byte.</param>
public sealed record DoubtfulRequest(string Name, string Text)
{
    /// <summary>Where the second request goes.</summary>
    public const string SmuggledPath = "/api/agent/smuggled";

    /// <summary>The credential of both: refusal because of a missing one would prove nothing.</summary>
    public static IReadOnlyList<DoubtfulRequest> All(string token) =>
        [.. TwoLengths(token), .. Lengths(token), .. Codings(token), .. Chunks(token), .. Headers(token), .. Lines(token)];

    /// <summary>Two requests nobody can doubt.</summary>
    public static DoubtfulRequest Honest(string token) => new("honest", $"{Post(token)}Content-Length: 5\r\n\r\nhello{Smuggled(token)}");

    /// <summary>The second request.</summary>
    public static string Smuggled(string token) => $"GET {SmuggledPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n";

    private static string Post(string token) => $"POST /api/agent HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n";

    // The first ends at its last chunk for one reader, and with the second request inside for the other; and the other way round.
    private static IEnumerable<DoubtfulRequest> TwoLengths(string token)
    {
        var second = Smuggled(token);
        string[] codings =
        [
            "Transfer-Encoding: chunked", "Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked", "transfer-encoding: Chunked", "Transfer-Encoding: chunked \t",
            "Transfer-Encoding : chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: ,chunked", "Transfer-Encoding:\r\n chunked", "X: y\nTransfer-Encoding: chunked",
            "Transfer-Encoding\r\n: chunked", " Transfer-Encoding: chunked", "Transfer-Encoding: \u000bchunked", "Transfer-Encoding: chunked\0", "Transfer-Encoding:", "\0Transfer-Encoding: chunked",
            "Transfer-Encoding: chunk\u00e9d", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\rX: y",
        ];
        foreach (var coding in codings)
        {
            yield return new($"CL.TE, {coding}", $"{Post(token)}Content-Length: {5 + second.Length}\r\n{coding}\r\n\r\n0\r\n\r\n{second}{second}");
            yield return new($"TE.CL, {coding}", $"{Post(token)}{coding}\r\nContent-Length: 4\r\n\r\n{second.Length:x}\r\n{second}\r\n0\r\n\r\n{second}");
        }
    }

    private static IEnumerable<DoubtfulRequest> Lengths(string token)
    {
        string[] lengths =
        [
            "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 0\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 0", "Content-Length: 5, 5", "Content-Length: 0, 5",
            "Content-Length: +5", "Content-Length: -5", "Content-Length: -0", "Content-Length: 0x5", "Content-Length: 5h", "Content-Length: 5 0", "Content-Length: 5.0", "Content-Length: 5e0",
            "Content-Length: \u00b2", "Content-Length: 5;", "Content-Length: \"5\"", "Content-Length: ", "Content-Length: 5\0", "Content-Length: 9223372036854775808",
            "Content-Length: 18446744073709551621", "Content-Length: 4294967301000000000000000000000000000000", "Content-Length : 5", "Content-Length:\r\n 5", " Content-Length: 5",
            "Content-Length\t: 5", "Content-Length: 5\rX: y", "Content-Length: 0\nContent-Length: 5", "Content-Length: 0\r\ncontent-length: 5", "Content-Length: \u000b5", "Content-Length: 5\u000c",
        ];
        return lengths.Select(length => new DoubtfulRequest(length, $"{Post(token)}{length}\r\n\r\nhello{Smuggled(token)}"));
    }

    private static IEnumerable<DoubtfulRequest> Codings(string token)
    {
        string[] codings =
        [
            "gzip", "identity", "gzip, chunked", "identity, chunked", "chunked, gzip", "chunked, chunked", "chunked;a=b", "xchunked", "\"chunked\"", "chunked, ", "chunke", "x\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity", "\u017fchunked",
        ];
        foreach (var coding in codings)
        {
            yield return new($"Transfer-Encoding: {coding}", $"{Post(token)}Transfer-Encoding: {coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n{Smuggled(token)}");
        }

        var old = Post(token).Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal);
        yield return new("Chunks in HTTP/1.0", $"{old}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{Smuggled(token)}");
    }

    private static IEnumerable<DoubtfulRequest> Chunks(string token)
    {
        var second = Smuggled(token);
        string[] bodies =
        [
            // CVE-2025-55315: a line feed alone ends the extension for one reader and not for the other.
            $"5;\nhello\r\n0\r\n\r\n", $"2;\nxx\r\n{second.Length + 7:x}\r\n0\r\n\r\n", "5;a=b\nhello\r\n0\r\n\r\n", "5;\rhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "5;a\r\r\nhello\r\n0\r\n\r\n", "5;a\n\r\nhello\r\n0\r\n\r\n",
            "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", "5;\0\nhello\r\n0\r\n\r\n", "0;\n\r\n", "0;a\rb\r\n\r\n",

            "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\n\n",
            "5\r\nhello\r\n0\r\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5h\r\nhello\r\n0\r\n\r\n", "5,\r\nhello\r\n0\r\n\r\n", "5\0\r\nhello\r\n0\r\n\r\n",
            "\r\n5\r\nhello\r\n0\r\n\r\n", "\r\n", ";\r\n\r\n", "5\u00b2\r\nhello\r\n0\r\n\r\n",
            "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n", "100000005\r\nhello\r\n0\r\n\r\n", "80000005\r\nhello\r\n0\r\n\r\n", "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "5\r\nhello\r\n0\r\nX : y\r\n\r\n", "5\r\nhello\r\n0\r\n folded: y\r\n\r\n", "5\r\nhello\r\n0\r\nX\0: y\r\n\r\n", "5\r\nhello\r\n0\r\nno colon\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\rz\r\n\r\n",
        ];
        return bodies.Select(body => new DoubtfulRequest($"chunks {body[..Math.Min(24, body.Length)]}", $"{Post(token)}Transfer-Encoding: chunked\r\n\r\n{body}{second}"));
    }

    private static IEnumerable<DoubtfulRequest> Headers(string token)
    {
        var body = "Content-Length: 5\r\n\r\nhello" + Smuggled(token);
        string[] headers =
        [
            "X : y", "X\t: y", " X: y", "\tX: y", "X: y\r\n folded", "X: y\r\n\tfolded", ": y", "X", "X\0: y", "X: y\0z", "X: y\rz", "X\r: y", "X: y\nZ: z", "X: y\n\r\n", "X\u00e9: y",
            "Host: other", "Host : localhost", "X: \u0000", "X: \u0001\r",
        ];
        return headers.Select(header => new DoubtfulRequest($"header {header}", $"{Post(token)}{header}\r\n{body}"));
    }

    private static IEnumerable<DoubtfulRequest> Lines(string token)
    {
        var rest = $"Host: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 5\r\n\r\nhello{Smuggled(token)}";
        string[] lines =
        [
            "POST  /api/agent HTTP/1.1\r\n", "POST\t/api/agent\tHTTP/1.1\r\n", " POST /api/agent HTTP/1.1\r\n", "POST /api/agent HTTP/1.1 \r\n", "POST /api/agent http/1.1\r\n",
            "POST /api/agent HTTP/1.2\r\n", "POST /api/agent HTTP/01.1\r\n", "POST /api/agent HTTP/2.0\r\n", "POST /api/agent HTTP/3.0\r\n", "POST /api/agent HTTP/1.1\n", "POST /api/agent HTTP/1.1\r", "POST /api/agent\r\n",
            "POST /api/agent\0 HTTP/1.1\r\n", "POST /api/agent x HTTP/1.1\r\n", "P\0ST /api/agent HTTP/1.1\r\n", "P(ST /api/agent HTTP/1.1\r\n", "POST api/agent HTTP/1.1\r\n", "POST http://other.example/api/agent HTTP/1.1\r\n",
            "POST //other.example/api/agent HTTP/1.1\r\nHost: other\r\n", "POST http:///api/agent HTTP/1.1\r\n", "POST http://localhost:99999999/api/agent HTTP/1.1\r\n", "POST localhost:80 HTTP/1.1\r\n", "POST * HTTP/1.1\r\n",
            "CONNECT /api/agent HTTP/1.1\r\n", "POST /api/agent\u00e9 HTTP/1.1\r\n", "POST /api/agent HTTP/1.1\r\n\n", "POST /api/agent HTTP/1.1\r\rX: y\r\n",
        ];
        return lines.Select(line => new DoubtfulRequest($"line {line}", line + rest));
    }

    public override string ToString() => Name.Replace('\r', '␍').Replace('\n', '␊').Replace('\0', '␀');
}
