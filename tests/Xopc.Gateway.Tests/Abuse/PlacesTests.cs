using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Attacks;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>The listener holds so many connections and no more: one that was attacked with must give its place back.</summary>
public sealed class PlacesTests : IDisposable
{
    private const int Places = 4;

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-places-");

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));

    // Those that abort a connection with streams under way.
    public static TheoryData<string> Attacks => ["rapid reset of what is answered at once", "made you reset, window too large", "more streams than there may be"];

    public void Dispose() => _state.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Whoever_attacked_has_given_the_place_back(string name)
    {
        var attack = Http2Attacks.All.Single(attack => attack.Name == name);
        await using var edge = await StartAsync();

        for (var i = 0; i < 6 * Places; i++)
        {
            try
            {
                await attack.RunAsync(edge.Address, EdgeHost.Token, 2000, TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // No place, for as long as the last one is being closed.
            }
        }

        using var limit = new CancellationTokenSource(EdgeHost.Limit);
        var answer = "";
        while (answer.Length == 0)
        {
            Assert.False(limit.IsCancellationRequested, "The places are still taken.");
            _clock.Advance(RequestLimits.AfterClose);
            answer = await AskAsync(edge);
        }

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= LogLevel.Error && line.Category.StartsWith("Microsoft.", StringComparison.Ordinal));
    }

    // Empty: refused at accept.
    private static async Task<string> AskAsync(EdgeHost edge)
    {
        try
        {
            await using var wire = await Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);
            await wire.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", TestContext.Current.CancellationToken);
            return await wire.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(
        configure: edge => edge.MaxConcurrentConnections = Places,
        map: app => app.MapPost("/api/agent", () => new string('x', 30_000)).RequireScope(OperatorScope.Write),
        build: TlsEdge.Build, gateway: TlsEdge.Section(_state.FullName), state: _state.FullName, clock: _clock);
}
