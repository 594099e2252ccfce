package org.red5.dvr.red5;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Puts beans of ours in front of Red5's, for all applications. These look beans up in the context
 * {@code default.context} and then in its parent, {@code red5.common}, where Red5's own are and stay.
 */
final class BeanOverrides {
    private static final Logger log = LoggerFactory.getLogger(BeanOverrides.class);

    private final ConfigurableListableBeanFactory red5;
    private final BeanDefinitionRegistry applications;

    /**
     * @param common Red5's context {@code red5.common}
     * @param applications Red5's context {@code default.context}, the parent of every application's
     */
    BeanOverrides(ApplicationContext common, ApplicationContext applications) {
        this.red5 = ((ConfigurableApplicationContext) common).getBeanFactory();
        this.applications = (BeanDefinitionRegistry) ((ConfigurableApplicationContext) applications).getBeanFactory();
    }

    /**
     * Overrides a bean by one of a subclass, which gets the scope and the properties that are configured for Red5's. A
     * bean that is not of the class we know is left alone, with a warning.
     *
     * @param name the bean's name
     * @param known the class that the bean has in a stock Red5
     * @param replacement makes our bean
     * @return whether the bean is ours now
     */
    <T, R extends T> boolean override(String name, Class<T> known, Class<R> type, Supplier<R> replacement) {
        if (!red5.containsBeanDefinition(name)) {
            log.warn("Red5 has no bean {}; it is not hooked", name);
            return false;
        }
        RootBeanDefinition ours = new RootBeanDefinition((RootBeanDefinition) red5.getMergedBeanDefinition(name));
        if (!known.getName().equals(ours.getBeanClassName())) {
            log.warn(
                    "Red5's bean {} is a {}, not a {}; it is not hooked",
                    name,
                    ours.getBeanClassName(),
                    known.getName());
            return false;
        }
        ours.setBeanClass(type);
        ours.setInstanceSupplier(replacement);
        applications.registerBeanDefinition(name, ours);
        return true;
    }
}
