using System.Net;
using System.Text;
using Xopc.EndToEnd.Tests.Surface;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Attacks;

namespace Xopc.EndToEnd.Tests.Abuse;

/// <summary>Bodies from people nobody knows, and bodies that only a parser could be hurt by, at every route that is mapped.</summary>
public sealed class UnsignedBodyTests
{
    private const int GiB = 1024 * 1024 * 1024;
    private const int KiB = 1024;
    private const int Depth = 10_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gigabyte_from_a_stranger_is_refused_before_more_of_it_is_read_than_came_with_the_head(bool bundle)
    {
        var read = new ReadBytes();
        await using var host = await SurfaceHost.StartAsync(bundle, listen: read.Listen);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Changes(host).Where(route => route.Scope.PublicReason is null))
        {
            foreach (var credential in (string[])["", "Authorization: Bearer wrong\r\n", "X-Api-Key: xk_0_0\r\n"])
            {
                foreach (var framing in (string[])[$"Content-Length: {GiB}\r\n\r\n", "Content-Length: 900000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n40000000\r\n"])
                {
                    read.TakeMost();
                    var answer = await PourAsync(host, $"{route.Method} {route.Target(objects)} HTTP/1.1\r\nHost: localhost\r\n{credential}Content-Type: application/json\r\n{framing}");
                    var bytes = read.TakeMost();

                    // A reset may overtake the answer; that the body was not read says that it was refused.
                    if ((answer.Length > 0 && !answer.StartsWith("HTTP/1.1 401 ", StringComparison.Ordinal) && !answer.StartsWith("HTTP/1.1 413 ", StringComparison.Ordinal)) || bytes > 64 * KiB)
                    {
                        faults.Add($"{route} {credential}{framing.Trim()}: {bytes} bytes read, {answer.Split('\r')[0]}");
                    }
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_thousand_levels_of_JSON_are_a_bad_request_and_no_overflow(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();
        var arrays = new string('[', Depth);
        var members = string.Concat(Enumerable.Repeat("{\"a\":", Depth));
        string[] bodies = [arrays, arrays + new string(']', Depth), members, members + "1" + new string('}', Depth), "{\"message\":" + arrays + new string(']', Depth) + "}", "{\"unknown\":" + members];
        var tried = 0;
        await host.Hook.WaitForCallsAsync("setWebhook", 1, Wait.Cancelled);

        foreach (var route in Changes(host).Where(route => route.Body(objects) is not null))
        {
            foreach (var body in bodies)
            {
                tried++;
                using var request = Known(host, route, objects);
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                using var response = await host.Client.SendAsync(request, Wait.Cancelled);

                // 413: the route takes less than such a body weighs.
                if (response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge))
                {
                    faults.Add($"{route} {body[..20]}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Wait.Cancelled)}");
                }
            }
        }

        Assert.True(tried >= 5 * bodies.Length, $"Only {tried} bodies were tried.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static IEnumerable<SurfaceRoute> Changes(SurfaceHost host) => SurfaceRoute.Of(host.Endpoints).Where(route => route.Method is "POST" or "PUT" or "PATCH" or "DELETE");

    // As somebody whose body is read: who shows no secret is refused before that.
    private static HttpRequestMessage Known(SurfaceHost host, SurfaceRoute route, SurfaceObjects objects)
    {
        if (route.Endpoint.Metadata.GetMetadata<SecretOfEndpoint>() is not { } secret)
        {
            return host.Request(new HttpMethod(route.Method), route.Target(objects));
        }

        var request = host.Anonymous(new HttpMethod(route.Method), "/webhooks/telegram/hook");
        request.Headers.TryAddWithoutValidation(secret.Header, host.HookSecret);
        return request;
    }

    // Sends until the server has had enough; far less than was announced, far more than may be read.
    private static async Task<string> PourAsync(SurfaceHost host, string head)
    {
        await using var wire = await Wire.ConnectAsync(host.Address, Wait.Cancelled);
        var answer = wire.ReadToEndAsync(Wait.Cancelled);
        var open = await wire.SendAsync(head, Wait.Cancelled);
        var piece = new byte[64 * KiB];
        for (var sent = 0; open && sent < 880 * KiB && !answer.IsCompleted; sent += piece.Length)
        {
            open = await wire.SendAsync(piece, Wait.Cancelled);
        }

        return await answer.WaitAsync(Wait.Generous, Wait.Cancelled);
    }
}
