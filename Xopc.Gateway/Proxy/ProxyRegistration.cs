using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Xopc.Gateway.Proxy;

/// <summary>Forwarding to the services of a bundle.</summary>
internal static class ProxyRegistration
{
    public static void AddForwarding(this IServiceCollection services, EdgeOptions edge)
    {
        services.AddServiceDiscovery();
        services.AddSingleton<PrincipalStamp>();
        services.AddSingleton<ServiceOutages>();
        services.AddSingleton<ServiceLoads>();
        services.AddSingleton<AnswerDeadlines>();
        services.AddSingleton<ForwardErrors>();
        services.AddSingleton<Retries>();
        services.AddSingleton<KeyRotation>();
        services.AddHostedService(static provider => provider.GetRequiredService<KeyRotation>());
        services.AddSingleton<ILoadBalancingPolicy, SessionAffinity>();
        services.AddSingleton<ReplicaHealth>();
        services.AddSingleton<IPassiveHealthCheckPolicy>(static provider => provider.GetRequiredService<ReplicaHealth>());
        services.AddSingleton<IActiveHealthCheckPolicy>(static provider => provider.GetRequiredService<ReplicaHealth>());

        // Both write a warning and a stack for every attempt while a service is away: each request, and each probe of each 5 s. ServiceOutages says it once,
        // and the change of a destination's health is said by YARP's health updater.
        services.AddLogging(logging => logging
            .AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error)
            .AddFilter("Yarp.ReverseProxy.Health.ActiveHealthCheckMonitor", LogLevel.Error));
        services.AddSingleton<IForwarderHttpClientFactory, ServiceHttpClientFactory>();
        services.AddSingleton<IDestinationResolver, ServiceDiscoveryResolver>();
        var proxy = services.AddReverseProxy();
        DropKeyRing(services);

        // Brought along for YARP's policies of routes, which are not used here: where it is, every request passes its middleware.
        services.RemoveAll<IAuthorizationHandlerProvider>();
        proxy
            .LoadFromMemory(ProxyConfig.Routes(), ProxyConfig.Clusters(edge))
            .AddTransforms(context =>
            {
                context.UseDefaultForwarders = false; // X-Forwarded-*: a service is told who asks, signed, and nothing of where from
                context.RequestTransforms.Add(new ForwardTransform(context.Services.GetRequiredService<PrincipalStamp>()));
                context.ResponseTransforms.Add(new AnswerTransform(context.Services.GetRequiredService<IHostApplicationLifetime>()));
            });
    }

    /// <summary>
    /// YARP brings data protection along for its session affinity, which is not used here; its key ring would be written into the home directory at
    /// every first start.
    /// </summary>
    private static void DropKeyRing(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        foreach (var writer in services.Where(IsKeyRingWriter).ToList())
        {
            services.Remove(writer);
        }
    }

    private static bool IsKeyRingWriter(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly;

    public static void MapForwarding(this IEndpointRouteBuilder app)
    {
        var edge = app.ServiceProvider.GetRequiredService<EdgeOptions>();
        app.MapReverseProxy(pipeline =>
        {
            // A client library takes CONNECT for the opening of a tunnel: the request would fail as if the service were away.
            pipeline.Use(static (context, next) => HttpMethods.IsConnect(context.Request.Method) ? ApiError.WriteAsync(context, ErrorCode.MethodNotAllowed) : next(context));
            pipeline.UseMiddleware<Forwarding>();
            pipeline.UseLoadBalancing();
        }).Add(endpoint => Annotate(endpoint, edge));
    }

    /// <summary>Each forwarded route carries the scope of its row, as a module's own endpoint would, and how long its answers may take to begin.</summary>
    private static void Annotate(EndpointBuilder endpoint, EdgeOptions edge)
    {
        var route = endpoint.Metadata.OfType<RouteModel>().Single().Config;
        endpoint.Metadata.Add(new ExcludeFromDescriptionAttribute()); // the service describes what lies there
        if (route.Metadata!.TryGetValue(ProxyConfig.SecretKey, out var header))
        {
            endpoint.Metadata.Add(new EndpointScope(null, route.Metadata[ProxyConfig.ReasonKey]));
            endpoint.Metadata.Add(new SecretOfEndpoint(header));
        }
        else
        {
            endpoint.Metadata.Add(new EndpointScope(Enum.Parse<OperatorScope>(route.Metadata[ProxyConfig.ScopeKey]), null));
        }

        if (route.Metadata.TryGetValue(ProxyConfig.LoadKey, out var load))
        {
            endpoint.Metadata.Add(load == ProxyConfig.ModelLoad ? EndpointLoad.ModelCall : EndpointLoad.Stream);
        }

        endpoint.Metadata.Add(ProxyConfig.PatienceOf(route, edge));
    }
}
