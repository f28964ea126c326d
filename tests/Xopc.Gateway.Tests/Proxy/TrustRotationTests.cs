using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class TrustRotationTests
{
    private const int Clients = 4;

    [Fact]
    public async Task A_hundred_rotations_under_load_fail_no_request()
    {
        await using var bundle = await Bundle.StartAsync();
        var keys = bundle.Edge.Services.GetRequiredService<InstallationKeys>();
        var file = Path.Combine(bundle.Credentials, InstallationKeys.FileName);
        var answered = new int[Clients];
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(AskAsync).ToArray();
        var first = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        for (var i = 0; i < 100; i++)
        {
            keys.Rotate();

            // What was signed with the key before the last is answered before the next one comes, as the distance between two rotations sees to.
            var target = answered.Select(count => count + 2).ToArray();
            while (answered.Where((_, client) => Volatile.Read(ref answered[client]) < target[client]).Any() && !clients.Any(client => client.IsCompleted))
            {
                await Task.Yield();
            }
        }

        await enough.CancelAsync();
        await Task.WhenAll(clients);
        Assert.DoesNotContain(first.Trim(), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        async Task AskAsync(int client)
        {
            while (!enough.IsCancellationRequested)
            {
                var answer = await bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref answered[client]);
            }
        }
    }

    [Theory]
    [InlineData(29, 1)]
    [InlineData(31, 2)]
    public async Task A_key_of_more_than_thirty_days_is_replaced_when_the_edge_starts(int days, int keys)
    {
        await using var bundle = await Bundle.StartAsync();
        var file = Path.Combine(bundle.Credentials, InstallationKeys.FileName);
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));

        await using var edge = await EdgeHost.StartAsync(
            configure: options =>
            {
                options.Proxy = true;
                options.Destinations[XopcServices.Agents] = [bundle.Service.Destination];
            },
            state: bundle.State);

        Assert.Equal(HttpStatusCode.OK, (await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(keys, (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Length);
    }
}
