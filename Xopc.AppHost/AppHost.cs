using Microsoft.Extensions.Configuration;
using Xopc.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

// Xopc:Redis in the AppHost's configuration or arguments. The publisher knows no executables on somebody else's machine.
IResourceBuilder<IResourceWithConnectionString> redis = builder.Configuration["Xopc:Redis"] switch
{
    "connection" => builder.AddConnectionString("redis"),
    "executable" when builder.ExecutionContext.IsRunMode => builder.AddRedisServer("redis"),
    _ => builder.AddRedis("redis").WithDataVolume().WithPersistence(),
};

var token = builder.AddParameter("gateway-token", new GenerateParameterDefault { MinLength = 32 }, secret: true, persist: true)
    .WithDescription("What callers present to the gateway as a Bearer token.");

var channels = builder.AddProject<Projects.Xopc_Channels>("xopc-channels").AsService(redis);
var scheduler = builder.AddProject<Projects.Xopc_Scheduler>("xopc-scheduler").AsService(redis);

// Two of them on one host share one database file; more hosts need PostgreSQL.
var agents = builder.AddProject<Projects.Xopc_Agents>("xopc-agents").AsService(redis)
    .WithReplicas(2)
    .WithReference(channels)
    .WithReference(scheduler);

// They know each other's addresses in both directions; only the waiting has to be free of circles.
channels.WithReference(agents);
scheduler.WithReference(agents);

builder.AddProject<Projects.Xopc_Gateway>("xopc-gateway").AsService(redis)
    .WithExternalHttpEndpoints()
    .WithReference(agents).WaitFor(agents)
    .WithReference(channels).WaitFor(channels)
    .WithReference(scheduler).WaitFor(scheduler)
    .WithEnvironment("XOPC_GATEWAY_TOKEN", token)
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/api", DisplayText = "Routes" })
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/health", DisplayText = "Health" });

builder.Build().Run();
