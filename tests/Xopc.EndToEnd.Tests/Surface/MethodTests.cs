using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Every path with every method, also such that nobody means: what is not in the document is 405, and nothing else happens.</summary>
public sealed class MethodTests
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", "get"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_path_answers_the_methods_of_the_document_and_refuses_all_others(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var template in document["paths"]!.AsObject().Select(path => path.Key))
        {
            foreach (var method in Methods)
            {
                // Of each round its own session: DELETE is one of the methods.
                var target = Fill(template, template.Contains("{key}", StringComparison.Ordinal) ? objects with { SessionKey = await OwnSessionAsync(host) } : objects);
                var status = await StatusAsync(host.Address, method, target);
                var declared = Declared(document, method, target);
                // CONNECT asks for a tunnel, by a target that is no path: no request of this API.
                var refusal = method == "CONNECT" ? 400 : 405;
                if (declared.Count == 0 ? status != refusal : !declared.Contains(status))
                {
                    faults.Add($"{method} {target}: {status}, declared are {string.Join(", ", declared.DefaultIfEmpty(refusal))}");
                }
            }
        }

        Assert.Empty(faults);
    }

    private static async Task<string> OwnSessionAsync(SurfaceHost host)
    {
        var made = await host.AskAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chatId"] = Guid.NewGuid().ToString("N") });
        return (string)made["session"]!["key"]!;
    }

    private static string Fill(string template, SurfaceObjects objects) => string.Join('/', template.Split('/').Select(
        segment => segment.StartsWith('{') ? objects.ValueOf(segment.Trim('{', '}')) : segment));

    // A path may be of several templates (/api/sessions/stats is also some /api/sessions/{key}): what any of them declares.
    private static HashSet<int> Declared(JsonObject document, string method, string target) =>
    [
        .. document["paths"]!.AsObject().Where(path => Covers(path.Key, target)).Select(path => path.Value!.AsObject())
            .Select(path => path[method.ToLowerInvariant()])
            .OfType<JsonNode>().SelectMany(operation => operation["responses"]!.AsObject()).Select(response => int.Parse(response.Key)),
    ];

    private static bool Covers(string template, string target)
    {
        var (parts, segments) = (template.Split('/'), target.Split('/'));
        return parts.Length == segments.Length && parts.Zip(segments).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }

    // A socket, since a client library has its own ideas of CONNECT and of methods in lower case.
    private static async Task<int> StatusAsync(Uri address, string method, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Wait.Cancelled);
        var stream = socket.GetStream();
        var request = $"{method} {target} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {SurfaceHost.Token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Wait.Cancelled);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = await reader.ReadLineAsync(Wait.Cancelled).AsTask().WaitAsync(Wait.Generous, Wait.Cancelled);
        Assert.StartsWith("HTTP/1.1 ", line, StringComparison.Ordinal);
        return int.Parse(line!.Split(' ')[1]);
    }
}
