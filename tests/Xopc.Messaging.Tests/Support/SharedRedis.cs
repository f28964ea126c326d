using Xopc.Testing.Redis;

[assembly: AssemblyFixture(typeof(Xopc.Messaging.Tests.Support.SharedRedis))]

namespace Xopc.Messaging.Tests.Support;

/// <summary>One server for all tests that neither kill nor flush it; each test has a key prefix of its own.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private RedisServer? _server;

    public RedisServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync(appendOnly: false, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
