using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Every parameter of every operation with whatever comes to a generator's mind: only what the document declares comes back, and never a fault of ours.</summary>
public sealed class GarbageTests
{
    private const int RoundsPerOperation = 40;

    // What is wrong in an interesting way: bounds of numbers, times and encodings, paths, markup, SQL, patterns, ids of ours cut short.
    private static readonly string[] Pieces =
    [
        "", " ", "0", "-1", "1e309", "NaN", "2147483648", "9223372036854775808", "-9223372036854775809", "٣", "1_000", "0x10", "true", "null", "undefined", "{}", "[]", "\"", "'", "'; DROP TABLE sessions;--",
        "%", "%00", "%zz", "%ff%fe", "%ed%a0%80", "%F0%9F%98%80", "\u202e", "\u0000", "\n", "\r\nX: y", "../../etc/passwd", "..\\..\\windows", "/etc/passwd", "file:///etc/passwd", "~", ".", "*", "**", "(a+)+$",
        "[", "\\", "<script>", "{{7*7}}", "${HOME}", "$ref", "main:webchat:default:direct:", "main:webchat", ":::::", "a:b:c:d:e:thread:", "xk_", "0199", "00000000-0000-0000-0000-000000000000",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "info,info", ",", ",,trace", "debug", "FATAL", "utf-8''x", "&&&", "a=b&c=d", "ﬀ", "İ", "ß", "e\u0301", "Bearer x", "long",
    ];

    private static readonly string[] Headers = ["Last-Event-ID", "Idempotency-Key", "If-Match", "Range", "X-Session-Id", "Accept"];

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task Garbage_gets_declared_answers_and_never_a_fault_of_ours(bool bundle, int seed)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");
        var random = new Random(seed);
        var faults = new List<string>();
        var refused = 0;

        foreach (var (path, method, operation) in ApiDocumentTests.Each(document))
        {
            for (var round = 0; round < RoundsPerOperation; round++)
            {
                using var request = Request(host, objects, path, method, operation, random);
                using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
                var status = (int)response.StatusCode;
                refused += status is >= 400 and < 500 ? 1 : 0;
                if (status >= 500 || (operation["responses"]![status.ToString()] is null && !IsOfTheListener(response, request)))
                {
                    faults.Add($"{method} {request.RequestUri!.PathAndQuery} {request.Headers.ToString().ReplaceLineEndings(" | ")}: {status}");
                }
            }
        }

        Assert.Empty(faults);
        Assert.True(refused > 500, $"Only {refused} requests were refused: that was no garbage.");
    }

    // A path that is none is refused before anything of ours sees it.
    private static bool IsOfTheListener(HttpResponseMessage response, HttpRequestMessage request) =>
        (int)response.StatusCode == 400 && response.Content.Headers.ContentLength == 0 && request.RequestUri!.AbsolutePath.Contains("%00", StringComparison.Ordinal);

    private static HttpRequestMessage Request(SurfaceHost host, SurfaceObjects objects, string path, string method, JsonObject operation, Random random)
    {
        var target = string.Join('/', path.Split('/').Select(segment => segment.StartsWith('{') ? Segment(random, objects.ValueOf(segment.Trim('{', '}'))) : segment));
        var query = (operation["parameters"] as JsonArray ?? []).Where(parameter => (string)parameter!["in"]! == "query").Where(_ => random.Next(3) > 0)
            .SelectMany(parameter => Enumerable.Repeat((string)parameter!["name"]!, random.Next(12) == 0 ? 2 : 1))
            .Select(name => $"{name}={(random.Next(8) == 0 ? Piece(random) : Uri.EscapeDataString(Piece(random)))}".Replace('#', 'x'));
        var text = target + "?" + string.Join('&', query);
        var request = host.Request(new HttpMethod(method.ToUpperInvariant()), "/", operation["requestBody"] is null ? null : new JsonObject());
        request.RequestUri = new Uri(host.Address.GetLeftPart(UriPartial.Authority) + Printable(text), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        if (random.Next(3) == 0)
        {
            request.Headers.TryAddWithoutValidation(Headers[random.Next(Headers.Length)], Printable(Piece(random)));
        }

        return request;
    }

    // A value in a path stays one segment, and none that means another path.
    private static string Segment(Random random, string valid)
    {
        var text = Uri.EscapeDataString(random.Next(4) == 0 ? valid[..random.Next(1, valid.Length)] + Piece(random) : Piece(random));
        return text is "" or "." or ".." ? "x" : text;
    }

    // What cannot stand in a first line at all is the business of the tests of the listener.
    private static string Printable(string text) => string.Concat(text.Select(c => c is > ' ' and < '\u007f' ? c.ToString() : Uri.HexEscape((char)(c & 0x7f))));

    private static string Piece(Random random) => Pieces[random.Next(Pieces.Length)] switch
    {
        "long" => new string('a', random.Next(300, 3000)),
        var piece when random.Next(3) == 0 => piece + Pieces[random.Next(Pieces.Length - 1)],
        var piece => piece,
    };
}
