using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Xopc.AppHost.Tests;

/// <summary>The model is built and looked at; nothing is started, so neither containers nor the orchestrator are needed.</summary>
public sealed class ApplicationModelTests
{
    private static readonly string[] Services = ["xopc-agents", "xopc-channels", "xopc-gateway", "xopc-scheduler"];

    [Fact]
    public async Task It_has_the_four_services_and_redis()
    {
        await using var builder = await CreateAsync();

        Assert.Equal(Services, builder.Resources.OfType<ProjectResource>().Select(project => project.Name).Order(StringComparer.Ordinal));
        Assert.IsType<RedisResource>(Find(builder, "redis"));
    }

    [Fact]
    public async Task Every_service_waits_for_redis_and_reports_its_health()
    {
        await using var builder = await CreateAsync();

        foreach (var service in Services.Select(name => Find(builder, name)))
        {
            Assert.Contains("redis", WaitsOf(service));
            Assert.True(service.TryGetAnnotationsOfType<HealthCheckAnnotation>(out _), $"{service.Name} has no health check");
        }
    }

    [Fact]
    public async Task The_gateway_waits_for_everybody_and_is_the_only_one_that_faces_the_world()
    {
        await using var builder = await CreateAsync();

        Assert.Equal(["redis", "xopc-agents", "xopc-channels", "xopc-scheduler"], WaitsOf(Find(builder, "xopc-gateway")));
        foreach (var name in Services)
        {
            var endpoints = Find(builder, name).Annotations.OfType<EndpointAnnotation>().ToArray();
            Assert.NotEmpty(endpoints);
            Assert.All(endpoints, endpoint => Assert.Equal(name == "xopc-gateway", endpoint.IsExternal));
        }
    }

    [Fact]
    public async Task Agents_run_twice()
    {
        await using var builder = await CreateAsync();

        Assert.Equal(2, ((ProjectResource)Find(builder, "xopc-agents")).GetReplicaCount());
    }

    [Fact]
    public async Task A_published_gateway_finds_redis_the_services_and_its_token_and_keeps_conversations_out_of_telemetry()
    {
        await using var builder = await CreateAsync("--operation", "publish");
        await using var app = await builder.BuildAsync(TestContext.Current.CancellationToken);
        var gateway = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == "xopc-gateway");

        var configuration = await ExecutionConfigurationBuilder.Create(gateway).WithEnvironmentVariablesConfig().BuildAsync(
            app.Services.GetRequiredService<DistributedApplicationExecutionContext>(), cancellationToken: TestContext.Current.CancellationToken);

        var environment = configuration.EnvironmentVariables.ToDictionary(variable => variable.Key, variable => variable.Value);
        Assert.Equal("{redis.connectionString}", environment["ConnectionStrings__redis"]);
        Assert.Equal("{gateway-token.value}", environment["XOPC_GATEWAY_TOKEN"]);
        foreach (var service in Services.Where(name => name != "xopc-gateway"))
        {
            Assert.Equal($"{{{service}.bindings.http.url}}", environment[$"services__{service}__http__0"]);
        }

        Assert.Equal("false", environment["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"]);
    }

    [Fact]
    public async Task Without_containers_redis_is_a_process_with_a_password_under_the_same_name()
    {
        await using var builder = await CreateAsync("--Xopc:Redis=executable");

        var redis = Find(builder, "redis");
        Assert.IsAssignableFrom<ExecutableResource>(redis);
        Assert.Equal(
            "{redis.bindings.tcp.host}:{redis.bindings.tcp.port},password={redis-password.value}",
            Assert.IsAssignableFrom<IResourceWithConnectionString>(redis).ConnectionStringExpression.ValueExpression);
    }

    [Fact]
    public async Task An_existing_redis_is_only_a_connection_string()
    {
        await using var builder = await CreateAsync("--Xopc:Redis=connection", "--ConnectionStrings:redis=somewhere:6379");

        var redis = Find(builder, "redis");
        Assert.IsAssignableFrom<IResourceWithConnectionString>(redis);
        Assert.False(redis is ContainerResource or ExecutableResource, "Nothing is to be started for it");
    }

    private static Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.Xopc_AppHost>(args, TestContext.Current.CancellationToken);

    private static IResource Find(IDistributedApplicationTestingBuilder builder, string name) => builder.Resources.Single(resource => resource.Name == name);

    private static IEnumerable<string> WaitsOf(IResource resource) =>
        resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name).Distinct().Order(StringComparer.Ordinal);
}
