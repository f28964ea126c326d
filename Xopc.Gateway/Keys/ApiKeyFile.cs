using Xopc.Configuration;
using Xopc.Storage;

namespace Xopc.Gateway.Keys;

/// <summary>Opens <c>edge.db</c> beside, or without, a running gateway: a running one finds what was changed within its next look, a quarter of a second.</summary>
public sealed class ApiKeyFile : IDisposable
{
    private readonly IHost _host;

    private ApiKeyFile(IHost host, ApiKeyStore keys) => (_host, Keys) = (host, keys);

    public ApiKeyStore Keys { get; }

    /// <exception cref="DatabaseOpenException">The file cannot be used.</exception>
    public static ApiKeyFile Open(StatePaths paths, TimeProvider clock)
    {
        paths.CreateDirectories();

        // Never started: none of its workers runs, only the database is open.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(clock);
        builder.AddXopcDatabase(EdgeSchema.Database, paths.DataDirectory, EdgeSchema.Series);
        var host = builder.Build();
        try
        {
            return new ApiKeyFile(host, new ApiKeyStore(host.Services.GetRequiredKeyedService<Database>(EdgeSchema.Database), clock));
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    public void Dispose() => _host.Dispose();
}
