using Microsoft.Extensions.DependencyInjection;

namespace Xopc.AppHost;

/// <summary>Adds a <see cref="RedisServerResource"/>.</summary>
internal static class RedisServerExtensions
{
    /// <summary>Started on a free loopback port with a generated password; its append-only file lies in a temporary directory and is gone with it.</summary>
    public static IResourceBuilder<RedisServerResource> AddRedisServer(this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        var password = builder.AddParameter($"{name}-password", new GenerateParameterDefault { MinLength = 32 }, secret: true, persist: true);
        var server = new RedisServerResource(name, Directory.CreateTempSubdirectory("xopc-redis-").FullName, password.Resource);

        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(server, async (_, cancellationToken) =>
            connectionString = await server.ConnectionStringExpression.GetValueAsync(cancellationToken));

        var check = $"{name}_check";
        builder.Services.AddHealthChecks().AddRedis(_ => connectionString ?? throw new InvalidOperationException("Redis has no address yet."), name: check);

        return builder.AddResource(server)
            .WithEndpoint(name: RedisServerResource.EndpointName, scheme: "redis")
            .WithArgs(context =>
            {
                context.Args.Add("--port");
                context.Args.Add(server.Endpoint.Property(EndpointProperty.TargetPort));
                context.Args.Add("--requirepass");
                context.Args.Add(server.Password);
                foreach (var argument in (string[])["--bind", "127.0.0.1", "--appendonly", "yes", "--save", ""])
                {
                    context.Args.Add(argument);
                }
            })
            .WithHealthCheck(check)
            .ExcludeFromManifest();
    }
}
