using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Gateway.Keys;

/// <summary>Registers who may come in: keys, the main credential, tickets and page sessions.</summary>
internal static class KeysRegistration
{
    public static void AddKeys<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcDatabase(EdgeSchema.Database, builder.StartupPaths().DataDirectory, EdgeSchema.Series);
        builder.AddXopcMessaging();

        var services = builder.Services;
        services.Configure<ApiErrorOptions>(static options => options.Maps.Add(
            static error => error is DatabaseUnavailableException ? new ApiError(ErrorCode.StorageUnavailable, error.Message, TimeSpan.FromSeconds(5)) : null));
        services.AddSingleton(static provider => new ApiKeyStore(
            provider.GetRequiredKeyedService<Database>(EdgeSchema.Database), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LiveKeys>();
        services.AddSingleton<RevocationNews>();
        services.AddSingleton<Callers>();
        services.AddSingleton<Tickets>();
        services.AddSingleton<PageSessions>();
        services.AddSingleton<KeyWatch>();
        services.AddHostedService(static provider => provider.GetRequiredService<KeyWatch>());
        services.AddSingleton<CredentialWatch>();
        services.AddHostedService(static provider => provider.GetRequiredService<CredentialWatch>());
    }
}
