using System.Text;
using Xopc.Testing.Attacks;
using Xopc.Testing.Fuzzing;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>Generated credentials: none of them is the right one in the right place.</summary>
public sealed class CredentialFuzzTests
{
    private const string Token = EdgeHost.Token;

    private static readonly string[] Wrong =
    [
        "", " ", "\t", "\u00a0", "null", "undefined", "true", "*", "[]", "{}", "Bearer", "Bearer ", "Bearer\t", "Basic " + Token, "Token " + Token, "Bearer" + Token, "Bearer Bearer " + Token, "Bearer " + Token + "x",
        "Bearer " + Token[..^1], Token[1..], Token.ToUpperInvariant(), Token + Token, Token + "," + Token, Token + ", " + Token, Token + ";" + Token, "\"" + Token + "\"", "'" + Token + "'", "[\"" + Token + "\"]",
        "{\"$ne\":\"\"}", "{\"$gt\":\"\"}", "Bearer " + Token + "\u00a0", "Bearer \u200b" + Token, "Bearer \ufeff" + Token, "Bearer=" + Token, "Bearer:" + Token, "token=" + Token, "Digest username=\"operator\"", "Bearer 0", "-1",
        "xk_" + Token, "xopc_" + Token, "Bearer \u00ff\u00fe", "Bearer " + Token + " realm=x", "Negotiate " + Convert.ToBase64String(Encoding.ASCII.GetBytes(Token)),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_but_the_exact_credential_gets_in_and_nothing_breaks(bool bundle)
    {
        const string Unlimited = """{"auth":{"rateLimit":{"enabled":false}},"rateLimit":{"enabled":false}}""";
        await using var forwarding = bundle ? await Proxy.Bundle.StartAsync(gateway: Unlimited) : null;
        await using var local = bundle ? null : await EdgeHost.OneProcessAsync(gateway: Unlimited);
        var edge = forwarding?.Edge ?? local!;
        var random = new Random(Fuzz.Seed);
        var rounds = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 50_000 : 1_000;
        var faults = new List<string>();

        for (var round = 0; round < rounds && faults.Count < 10; round++)
        {
            var request = Request(random);
            await using var wire = await Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);
            await wire.SendAsync(request, TestContext.Current.CancellationToken);
            var answer = await wire.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
            if (answer.Length > 0 && RawHttp.Status(answer) is not (400 or 401 or 431))
            {
                faults.Add($"Seed {Fuzz.Seed}, round {round}: {answer.Split('\r')[0]} for\n{request}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(forwarding?.Service.Asked ?? []);
        Assert.Equal(200, RawHttp.Status(await RawHttp.GetAsync(edge.Address, "/api/events/replay", $"Authorization: Bearer {Token}")));
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
        Assert.DoesNotContain(Token, edge.Log.Everything, StringComparison.Ordinal);
    }

    private static string Request(Random random)
    {
        var target = random.Next(4) switch
        {
            0 => "/api/events?token=" + Uri.EscapeDataString(AWrong(random)),
            1 => "/api/events?token=" + Token + "&token=" + Token,
            2 => "/api/who?token=" + Token, // not a place
            _ => "/api/events?Token[]=" + Token,
        };
        var lines = new List<string>();
        for (var places = random.Next(4); places > 0; places--)
        {
            lines.Add(random.Next(8) switch
            {
                0 or 1 => "Authorization: " + AWrong(random),
                2 => "X-Api-Key: " + AWrong(random),
                3 => $"Authorization: Bearer {Token}\r\nauthorization: Bearer {Token}",
                4 => "Proxy-Authorization: Bearer " + Token,
                5 => "Cookie: xopc-page=" + AWrong(random) + "; token=" + Token,
                6 => "X-Xopc-Principal: v1." + AWrong(random),
                _ => "X-Auth-Token: " + Token,
            });
        }

        // Whatever place comes first decides, so the right key in a later one changes nothing.
        if (lines.Exists(line => line.StartsWith("Authorization: ", StringComparison.Ordinal) && line.Length > 40))
        {
            lines.Add("X-Api-Key: " + Token);
        }

        return $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(lines.Select(line => line + "\r\n"))}\r\n";
    }

    // The listener takes the bytes of UTF-8; anything that would end the header is another test's.
    private static string AWrong(Random random)
    {
        var value = Wrong[random.Next(Wrong.Length)];
        if (random.Next(3) == 0)
        {
            value = Encoding.UTF8.GetString(Fuzz.Damage(random, Encoding.UTF8.GetBytes(value + "x" + Token), Wrong));
        }

        // Damage may heal: the scheme's case and the blanks behind it are free.
        value = value.Trim() is var text && text.EndsWith(Token, StringComparison.Ordinal) && text[..^Token.Length].Trim().ToLowerInvariant() is "" or "bearer" ? Token + "0" : value;
        return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value.Replace('\r', '_').Replace('\n', '_').Replace('\0', '_')));
    }
}
